package redis

// newer are commands that servers got after the sources of the generated tables: Redis 8.0 to 8.4, Valkey 8.1 and 9.0. All have one key, the first argument.
//
// Redis 8.4's MSETEX is not among them: it is unknown, and so are the commands of modules.
var newer = [...]command{
	{name: "DELEX", arity: -2, categories: catFast | catKeyspace | catString | catWrite, keys: firstKey(writes)},
	{name: "DELIFEQ", arity: 3, categories: catFast | catString | catWrite, keys: firstKey(writes)},
	{name: "DIGEST", arity: 2, categories: catFast | catRead | catString, keys: firstKey(reads)},
	{name: "HGETDEL", arity: -5, categories: catFast | catHash | catWrite, keys: firstKey(reads | writes)},
	{name: "HGETEX", arity: -5, categories: catFast | catHash | catWrite, keys: firstKey(reads | writes)},
	{name: "HSETEX", arity: -6, categories: catFast | catHash | catWrite, keys: firstKey(writes)},
	{name: "VADD", arity: -5, categories: catVector | catWrite | catSlow, keys: firstKey(writes)},
	{name: "VCARD", arity: 2, categories: catVector | catRead | catFast, keys: firstKey(reads)},
	{name: "VDIM", arity: 2, categories: catVector | catRead | catFast, keys: firstKey(reads)},
	{name: "VEMB", arity: -3, categories: catVector | catRead | catFast, keys: firstKey(reads)},
	{name: "VGETATTR", arity: 3, categories: catVector | catRead | catFast, keys: firstKey(reads)},
	{name: "VINFO", arity: 2, categories: catVector | catRead | catFast, keys: firstKey(reads)},
	{name: "VISMEMBER", arity: 3, categories: catVector | catRead | catFast, keys: firstKey(reads)},
	{name: "VLINKS", arity: -3, categories: catVector | catRead | catFast, keys: firstKey(reads)},
	{name: "VRANDMEMBER", arity: -2, categories: catVector | catRead | catSlow, keys: firstKey(reads)},
	{name: "VREM", arity: 3, categories: catVector | catWrite | catSlow, keys: firstKey(writes)},
	{name: "VSETATTR", arity: 4, categories: catVector | catWrite | catFast, keys: firstKey(writes)},
	{name: "VSIM", arity: -4, categories: catVector | catRead | catSlow, keys: firstKey(reads)},
	{name: "XACKDEL", arity: -6, categories: catFast | catStream | catWrite, keys: firstKey(writes)},
	{name: "XDELEX", arity: -5, categories: catFast | catStream | catWrite, keys: firstKey(writes)},
}

func firstKey(u use) []keySpec { return []keySpec{{from: 1, step: 1, use: u}} }
