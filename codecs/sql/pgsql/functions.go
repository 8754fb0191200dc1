//go:build cgo

package pgsql

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/sluice-proxy/sluice/metadata"
)

func (w *walker) visitFuncCall(c *pg.FuncCall) {
	names := strs(c.Funcname)
	// EXTRACT, OVERLAY and the like: syntax that the grammar turns into a call of a built-in function.
	if c.Funcformat != pg.CoercionForm_COERCE_SQL_SYNTAX || len(names) != 2 || names[0] != "pg_catalog" {
		w.call(names)
		w.reach(names[len(names)-1], c)
	}
	w.childrenFuncCall(c)
}

// call records the execution of a function.
func (w *walker) call(names []string) {
	schema, name := split(names)
	a := metadata.Access{Verb: metadata.Execute, Kind: function, Schema: schema, Name: name}
	switch schema {
	case "":
		a.System = system(function, name)
		a.Free = a.System == metadata.IsSystem && isFree(name)
		a.Anywhere = w.home.inside
	case "pg_catalog":
		a.Free = isFunction(name) && isFree(name)
	case "information_schema":
		a.Free = strings.HasPrefix(name, "_pg_") // what its views call; pgjdbc calls them too
	}
	w.add(a)
	if a.System != metadata.IsSystem && schema != "pg_catalog" && schema != "information_schema" {
		w.unsettles = true // it may set search_path, and more
	}
}

// visitRangeTableSample: the sampling method is a function.
func (w *walker) visitRangeTableSample(s *pg.RangeTableSample) {
	w.call(strs(s.Method))
	w.childrenRangeTableSample(s)
}

func isFree(name string) bool {
	switch dangerOf(name).class {
	case harmless, sequenceRead, sequenceWrite, notifies, setsSetting:
		return true // what they reach has an access of its own
	}
	return false
}

// reach records what a call of a built-in function reaches beside its arguments.
func (w *walker) reach(name string, c *pg.FuncCall) {
	d := dangerOf(name)
	switch d.class {
	case harmless, restricted:
	case takesText:
		w.opaque(name)
	case rewrites:
		if len(c.Args) == 2 { // with three it computes only
			w.opaque(name)
		}
	case fileRead:
		w.plain(metadata.Read, metadata.KindServerFile, w.constant(c, d.arg))
	case fileWrite:
		w.plain(metadata.Write, metadata.KindServerFile, w.constant(c, d.arg))
	case objectRead:
		w.plain(metadata.Read, metadata.KindLargeObject, w.constant(c, d.arg))
	case objectWrite:
		w.plain(metadata.Write, metadata.KindLargeObject, w.constant(c, d.arg))
	case objectOpen:
		w.plain(metadata.Read, metadata.KindLargeObject, w.constant(c, 0))
		w.plain(metadata.Write, metadata.KindLargeObject, w.constant(c, 0))
	case objectImport:
		w.plain(metadata.Read, metadata.KindServerFile, w.constant(c, 0))
		w.plain(metadata.Write, metadata.KindLargeObject, w.constant(c, 1))
	case objectExport:
		w.plain(metadata.Read, metadata.KindLargeObject, w.constant(c, 0))
		w.plain(metadata.Write, metadata.KindServerFile, w.constant(c, 1))
	case sequenceRead:
		w.sequence(metadata.Read, name, c)
	case sequenceWrite:
		w.sequence(metadata.Write, name, c)
	case notifies:
		channel := w.constant(c, 0)
		w.add(metadata.Access{Verb: metadata.Publish, Kind: metadata.KindNotifyChannel, Name: channel, Free: channel != ""})
	case setsSetting:
		w.setConfig(name, c)
	case decodes:
		w.plain(metadata.Execute, metadata.KindReplication, name)
	}
}

// sequence records the use of a sequence whose name is text.
func (w *walker) sequence(v metadata.Verb, name string, c *pg.FuncCall) {
	if name == "lastval" || name == "pg_sequence_last_value" || name == "pg_get_sequence_data" { // which one isn't said, or said by its number
		w.add(metadata.Access{Verb: v, Kind: metadata.KindSequence, Anywhere: true})
		return
	}
	s, ok := w.argument(c, 0)
	schema, relation, wellFormed := parseName(s)
	if !ok || !wellFormed || lateName(c.Args[0]) {
		w.opaque(name)
		return
	}
	w.addUnwrittenObject(v, metadata.KindSequence, schema, relation)
}

// lateName says that text becomes a name only while the statement runs, when it may have changed where names are looked for.
func lateName(n *pg.Node) bool {
	t := n.GetTypeCast().GetTypeName()
	if t == nil {
		return false
	}
	_, name := split(strs(t.Names))
	return name != "regclass" || n.GetTypeCast().Arg.GetTypeCast() != nil
}

func (w *walker) addUnwrittenObject(v metadata.Verb, k metadata.Kind, schema, name string) {
	w.addUnwritten(metadata.Access{Verb: v, Kind: k, Schema: schema, Name: name, Anywhere: schema == "" && w.home.inside})
}

func (w *walker) setConfig(name string, c *pg.FuncCall) {
	setting, ok := w.argument(c, 0)
	value, known := w.argument(c, 1)
	setting = strings.ToLower(setting)
	if !ok || !known && (setting == "role" || setting == "session_authorization") {
		w.opaque(name)
		return
	}
	w.set(setting, value)
}

// constant gives the argument at i if it is a constant, else "".
func (w *walker) constant(c *pg.FuncCall, i int) string {
	s, _ := w.argument(c, i)
	return s
}

// argument gives the argument at i if it is a constant whose value can be told.
func (w *walker) argument(c *pg.FuncCall, i int) (string, bool) {
	if i < 0 || i >= len(c.Args) || c.FuncVariadic {
		return "", false
	}
	for _, n := range c.Args[:i+1] {
		if n.GetNamedArgExpr() != nil {
			return "", false
		}
	}
	s, ok := text(c.Args[i])
	w.literal = w.literal || ok
	return s, ok
}

// text gives the value of a constant, as text.
func text(n *pg.Node) (string, bool) {
	switch n := n.GetNode().(type) {
	case *pg.Node_AConst:
		switch v := n.AConst.Val.(type) {
		case *pg.A_Const_Sval:
			return v.Sval.GetSval(), true
		case *pg.A_Const_Ival:
			return strconv.Itoa(int(v.Ival.GetIval())), true
		case *pg.A_Const_Fval:
			return v.Fval.GetFval(), true
		}
	case *pg.Node_TypeCast:
		if t := n.TypeCast.TypeName; keepsText(t) {
			return text(n.TypeCast.Arg)
		}
	}
	return "", false
}

// keepsText says that a cast to t leaves the text as it is.
func keepsText(t *pg.TypeName) bool {
	if t == nil || len(t.Typmods) > 0 || len(t.ArrayBounds) > 0 {
		return false
	}
	switch _, name := split(strs(t.Names)); name {
	case "text", "varchar", "regclass", "oid", "int4", "int8":
		return true
	}
	return false
}

// parseName reads a name as the server reads text that stands for one: folded where it isn't quoted. What is a number, or nothing, is no name.
func parseName(s string) (schema, name string, ok bool) {
	var parts []string
	for {
		s = strings.TrimLeft(s, " \t\n\r\f\v")
		var part string
		if strings.HasPrefix(s, `"`) {
			end := 1
			for {
				i := strings.IndexByte(s[end:], '"')
				if i < 0 {
					return "", "", false
				}
				end += i + 1
				if !strings.HasPrefix(s[end:], `"`) {
					break
				}
				end++
			}
			part, s = strings.ReplaceAll(s[1:end-1], `""`, `"`), s[end:]
		} else {
			end := strings.IndexAny(s, ". \t\n\r\f\v\"")
			if end < 0 {
				end = len(s)
			}
			part, s = fold(s[:end]), s[end:]
			if part == "" || '0' <= part[0] && part[0] <= '9' {
				return "", "", false
			}
		}
		if part == "" || len(part) > 63 { // longer ones are cut
			return "", "", false
		}
		parts = append(parts, part)
		s = strings.TrimLeft(s, " \t\n\r\f\v")
		if s == "" {
			break
		}
		if s[0] != '.' {
			return "", "", false
		}
		s = s[1:]
	}
	if len(parts) > 3 {
		return "", "", false
	}
	schema, name = split(parts)
	return schema, name, true
}

// fold makes ASCII letters small, as the server does with names that aren't quoted.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}
