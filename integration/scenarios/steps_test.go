package scenarios_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/jackc/pgx/v5/pgproto3"
)

// A driver does random things on one connection after the other.
type driver struct {
	*client
	rnd      *rand.Rand
	number   int
	markers  int
	named    map[string]string // prepared statements: name to marker
	finished []*page
	kill     func(pid uint32) error
}

// setup makes what the steps need; it all goes with the session.
func (d *driver) setup() error {
	d.named = map[string]string{}
	x := d.open("command", "Query")
	x.any = true
	d.add(x, &pgproto3.Query{String: `create temp table t (id int, v text); create temp table once (id int unique deferrable initially deferred);
		insert into t select g, repeat('v', g % 50) from generate_series(1, 100) g`})
	return d.round()
}

// mark gives a name that no other statement of the test has.
func (d *driver) mark() string {
	d.markers++
	return fmt.Sprintf("m%d_%d", d.number, d.markers)
}

// A step is one random thing to do, and how often relative to the others.
type step struct {
	often int
	do    func(*driver, context.Context) error
}

var steps = []step{
	{20, (*driver).simple}, {8, (*driver).several}, {6, (*driver).simpleFails}, {2, (*driver).empty}, {20, (*driver).unnamed}, {12, (*driver).prepare},
	{20, (*driver).named1}, {20, (*driver).batch}, {6, (*driver).suspended}, {5, (*driver).suspendedBatch}, {5, (*driver).copyIn}, {3, (*driver).copyInExtended},
	{4, (*driver).copyInFails}, {4, (*driver).copyOut}, {6, (*driver).transaction}, {4, (*driver).failedTransaction}, {4, (*driver).commitFails},
	{5, (*driver).flushed}, {3, (*driver).described}, {3, (*driver).function}, {3, (*driver).syncAlone}, {3, (*driver).prepareFails},
	{3, (*driver).redefine}, {3, (*driver).setting}, {2, (*driver).listening}, {2, (*driver).cancelled}, {1, (*driver).killed}, {3, (*driver).closeOnly},
}

// step does one.
func (d *driver) step(ctx context.Context) error {
	sum := 0
	for _, s := range steps {
		sum += s.often
	}
	n := d.rnd.IntN(sum)
	for _, s := range steps {
		if n -= s.often; n < 0 {
			return s.do(d, ctx)
		}
	}
	panic("unreachable")
}

func (d *driver) query(text string, parts ...string) *entry {
	x := d.open("command", "Query", parts...)
	d.add(x, &pgproto3.Query{String: text})
	return x
}

func (d *driver) simple(context.Context) error {
	m := d.mark()
	switch d.rnd.IntN(3) {
	case 0:
		d.query(fmt.Sprintf("select g, 'x''%d' as %s from generate_series(1, %d) g", d.rnd.IntN(1000), m, d.rnd.IntN(300)), m)
	case 1:
		d.query(fmt.Sprintf("insert into t as %s select g, 'new' from generate_series(1, %d) g", m, d.rnd.IntN(20)), m)
	default:
		d.query(fmt.Sprintf("update t as %s set v = 'it' where id %% 7 = %d returning id", m, d.rnd.IntN(9)), m)
	}
	return d.round()
}

func (d *driver) several(context.Context) error {
	m, o := d.mark(), d.mark()
	d.query(fmt.Sprintf("select %d as %s; delete from t as x where id = %d; ;select * from generate_series(1,%d) as %s", d.rnd.IntN(9), m, d.rnd.IntN(99), d.rnd.IntN(50), o), m, o)
	return d.round()
}

func (d *driver) simpleFails(context.Context) error {
	m := d.mark()
	switch d.rnd.IntN(3) {
	case 0:
		d.query("selekt 1 as "+m, m)
	case 1:
		d.query("select 1/(g-5) as "+m+" from generate_series(1, 10) g", m)
	default:
		o := d.mark()
		d.query("select 5 as "+m+"; select nothing from nowhere; select 1 as "+o, m, o)
	}
	return d.round()
}

func (d *driver) empty(context.Context) error {
	x := d.query([]string{"", " ;", "-- nothing"}[d.rnd.IntN(3)])
	x.any = true
	return d.round()
}

// execution adds Parse, Bind, Describe and Execute of an unnamed statement.
func (d *driver) execution(text, m string, params ...string) *entry {
	x := d.open("command", "Execute", m)
	d.add(x, &pgproto3.Parse{Query: text}, bind("", "", params...), &pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{})
	return x
}

func bind(portal, statement string, params ...string) *pgproto3.Bind {
	b := &pgproto3.Bind{DestinationPortal: portal, PreparedStatement: statement}
	for _, p := range params {
		b.Parameters = append(b.Parameters, []byte(p))
	}
	return b
}

func (d *driver) unnamed(context.Context) error {
	m := d.mark()
	x := d.execution("select g as "+m+" from generate_series(1, $1::int) g", m, fmt.Sprint(d.rnd.IntN(200)))
	d.add(x, &pgproto3.Sync{})
	return d.round()
}

func (d *driver) prepare(context.Context) error {
	m := d.mark()
	name := fmt.Sprintf("s%d", d.rnd.IntN(30))
	x := d.open("prepare", "Parse", m)
	if d.named[name] != "" {
		x.Request = "Close"
		d.add(x, &pgproto3.Close{ObjectType: 'S', Name: name})
	}
	d.add(x, &pgproto3.Parse{Name: name, Query: "select $1::int + g as " + m + " from generate_series(1, 7) g"}, &pgproto3.Describe{ObjectType: 'S', Name: name}, &pgproto3.Sync{})
	d.named[name] = m
	return d.round()
}

// some gives a statement that was prepared before, at any time.
func (d *driver) some() (name, m string) {
	k := d.rnd.IntN(len(d.named) + 1)
	for i := range 30 {
		if n := fmt.Sprintf("s%d", i); d.named[n] != "" {
			if name, m = n, d.named[n]; k == 0 {
				break
			}
			k--
		}
	}
	return name, m
}

func (d *driver) named1(ctx context.Context) error {
	name, m := d.some()
	if name == "" {
		return d.prepare(ctx)
	}
	x := d.open("command", "Execute", m)
	d.add(x, bind("", name, "5"))
	if d.rnd.IntN(2) == 0 {
		d.add(x, &pgproto3.Describe{ObjectType: 'P'})
	}
	d.add(x, &pgproto3.Execute{}, &pgproto3.Sync{})
	return d.round()
}

// batch is a pipeline with one Sync. One of its statements may fail, in any of the ways to fail.
func (d *driver) batch(context.Context) error {
	n := 1 + d.rnd.IntN(12)
	fails := d.rnd.IntN(2*n + 1)
	var x *entry
	for i := range n {
		m := d.mark()
		name, known := d.some()
		switch {
		case i == fails:
			x = d.failing(m)
		case name != "" && d.rnd.IntN(2) == 0:
			x = d.open("command", "Execute", known)
			d.add(x, bind("", name, "3"), &pgproto3.Execute{})
		case d.rnd.IntN(3) == 0:
			x = d.execution("insert into t as "+m+" values ($1, 'b')", m, "7")
		default:
			x = d.execution("select $1::text as "+m, m, "some text")
		}
	}
	if d.rnd.IntN(4) == 0 { // a rest that executes nothing
		m := d.mark()
		x = d.open("prepare", "Parse", m)
		d.add(x, &pgproto3.Parse{Query: "select 9 as " + m}, &pgproto3.Describe{ObjectType: 'S'})
	}
	d.add(x, &pgproto3.Sync{})
	return d.round()
}

// failing adds a statement that fails: when it is parsed, bound, or executed.
func (d *driver) failing(m string) *entry {
	switch d.rnd.IntN(4) {
	case 0:
		return d.execution("select from where "+m, m)
	case 1:
		return d.execution("select $1::int as "+m, m, "no number")
	case 2:
		return d.execution("select 10/(g-$1::int) as "+m+" from generate_series(1, 9) g", m, "4")
	default:
		x := d.open("command", "Execute")
		d.add(x, bind("", "never_prepared"), &pgproto3.Execute{})
		return x
	}
}

// suspended fetches from a portal in parts, with other things in between.
func (d *driver) suspended(ctx context.Context) error {
	m := d.mark()
	d.query("begin").any = true
	if err := d.round(); err != nil {
		return err
	}
	total, part := 5+d.rnd.IntN(30), uint32(1+d.rnd.IntN(9))
	x := d.open("command", "Execute", m)
	d.add(x, &pgproto3.Parse{Query: "select g as " + m + " from generate_series(1, $1::int) g"}, bind("cursor", "", fmt.Sprint(total)),
		&pgproto3.Execute{Portal: "cursor", MaxRows: part}, &pgproto3.Sync{})
	for {
		if err := d.round(); err != nil {
			return err
		}
		if x.Rows < int64(part) || d.rnd.IntN(8) == 0 {
			break
		}
		if d.rnd.IntN(2) == 0 {
			if err := d.unnamed(ctx); err != nil {
				return err
			}
		}
		x = d.open("command", "Execute", m)
		d.add(x, &pgproto3.Execute{Portal: "cursor", MaxRows: part}, &pgproto3.Sync{})
	}
	d.query("commit").any = true
	return d.round()
}

// suspendedBatch does so within one pipeline.
func (d *driver) suspendedBatch(context.Context) error {
	m := d.mark()
	x := d.open("command", "Execute", m)
	d.add(x, &pgproto3.Parse{Query: "select g as " + m + " from generate_series(1, 40) g"}, bind("", ""), &pgproto3.Execute{MaxRows: 7})
	for range d.rnd.IntN(4) {
		x = d.open("command", "Execute", m)
		d.add(x, &pgproto3.Execute{MaxRows: uint32(d.rnd.IntN(12))})
	}
	d.add(x, &pgproto3.Sync{})
	return d.round()
}

func (d *driver) transaction(ctx context.Context) error {
	d.query("begin").any = true
	for range d.rnd.IntN(4) {
		m := d.mark()
		d.query("savepoint "+m, m)
		if err := d.round(); err != nil {
			return err
		}
		if err := d.unnamed(ctx); err != nil {
			return err
		}
	}
	d.query([]string{"commit", "rollback"}[d.rnd.IntN(2)]).any = true
	return d.round()
}

func (d *driver) failedTransaction(ctx context.Context) error {
	d.query("begin").any = true
	if err := d.round(); err != nil {
		return err
	}
	if err := d.simpleFails(ctx); err != nil {
		return err
	}
	if err := d.unnamed(ctx); err != nil { // fails with 25P02
		return err
	}
	d.query("commit").any = true // rolls back
	return d.round()
}

// commitFails has an error come at the Sync, after everything was answered.
func (d *driver) commitFails(context.Context) error {
	m := d.mark()
	x := d.execution("insert into once as "+m+" values (1), (1)", m)
	d.add(x, &pgproto3.Sync{})
	return d.round()
}

// flushed ends an exchange by Flush; the Sync is one of its own then.
func (d *driver) flushed(ctx context.Context) error {
	m := d.mark()
	x := d.execution("select g as "+m+" from generate_series(1, 9) g", m)
	d.add(x, &pgproto3.Flush{})
	if err := d.round(); err != nil {
		return err
	}
	return d.syncAlone(ctx)
}

func (d *driver) described(ctx context.Context) error {
	m := d.mark()
	x := d.open("prepare", "Parse", m)
	d.add(x, &pgproto3.Parse{Query: "select 1 as " + m}, &pgproto3.Describe{ObjectType: 'S'}, &pgproto3.Flush{})
	if err := d.round(); err != nil {
		return err
	}
	return d.syncAlone(ctx)
}

func (d *driver) syncAlone(context.Context) error {
	d.add(d.open("prepare", "Sync"), &pgproto3.Sync{})
	return d.round()
}

func (d *driver) closeOnly(context.Context) error {
	x := d.open("prepare", "Close")
	d.add(x, &pgproto3.Close{ObjectType: 'P', Name: "none"}, &pgproto3.Close{ObjectType: 'S', Name: "none"}, &pgproto3.Sync{})
	return d.round()
}

func (d *driver) prepareFails(context.Context) error {
	m := d.mark()
	x := d.open("prepare", "Parse", m)
	d.add(x, &pgproto3.Parse{Name: "bad", Query: "selekt " + m}, &pgproto3.Describe{ObjectType: 'S', Name: "bad"}, &pgproto3.Sync{})
	return d.round()
}

// redefine tries to give a name to another statement, which fails or is skipped: the name stands for the first one still.
func (d *driver) redefine(ctx context.Context) error {
	name, old := d.some()
	if name == "" {
		return d.prepare(ctx)
	}
	m := d.mark()
	if d.rnd.IntN(2) == 0 {
		x := d.open("command", "Execute", m)
		d.add(x, &pgproto3.Parse{Name: name, Query: "select 'other' as " + m}, bind("", name), &pgproto3.Execute{}, &pgproto3.Sync{})
	} else {
		d.failing(d.mark())
		x := d.open("command", "Execute", m)
		d.add(x, &pgproto3.Close{ObjectType: 'S', Name: name}, &pgproto3.Parse{Name: name, Query: "select 'other' as " + m}, bind("", name), &pgproto3.Execute{}, &pgproto3.Sync{})
	}
	if err := d.round(); err != nil {
		return err
	}
	x := d.open("command", "Execute", old)
	d.add(x, bind("", name, "5"), &pgproto3.Execute{}, &pgproto3.Sync{})
	return d.round()
}
