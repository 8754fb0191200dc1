package postgres

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/wire"
	"github.com/sluice-proxy/sluice/metadata"
)

// A resolver follows search_path, and what SQL has prepared. It does not compute what SET does: when something may have changed the path, the
// server is asked. PostgreSQL 18, 5.10.3 "The Schema Search Path"; PostgreSQL 18 reports search_path, older servers don't.
type resolver struct {
	search codecs.Search
	path   *metadata.SearchPath

	stale   bool   // what the path is must be asked
	touched bool   // it was changed since the session was outside of a transaction: the end of that may undo it
	status  byte   // of the transaction; 0 before login
	calling uint64 // the last exchange that called a function of a user, until the server has had the occasion to report what that did; 0: none
	failed  int    // questions without an answer since the last change

	reported string // what the server last said that search_path is
	authid   string // and session_authorization
	row      answer
	known    prepared
}

// An answer is the server's to the question.
type answer struct {
	ok       bool
	unlisted bool     // the schemas are not told
	schemas  []string // that exist and may be used, in order
	setting  string   // search_path
	user     string
}

// maxFailed is how often a question without an answer is asked again.
const maxFailed = 3

var unknownPath = &metadata.SearchPath{}

func newResolver(s codecs.Search) codecs.Resolver {
	r := &resolver{search: s, path: unknownPath, stale: true}
	if s.Assume != nil && !s.Strict {
		r.path = searchPath(s.Assume, nil)
	}
	return r
}

func (r *resolver) Path() *metadata.SearchPath {
	if r.calling != 0 {
		return unknownPath
	}
	return r.path
}

// Stale wants the question outside of transactions if possible: inside of one, it would be the first query, before which SET TRANSACTION must come.
func (r *resolver) Stale(needed bool) bool {
	if !r.stale || r.search.Strict || r.search.Assume != nil || r.failed >= maxFailed {
		return false
	}
	return r.status == 'I' || r.status == 'T' && needed
}

// changed says that the path may be another one from now on.
func (r *resolver) changed() {
	r.stale, r.failed = true, 0
	if r.search.Assume == nil {
		r.path = unknownPath
	}
}

func (r *resolver) Sent(m *codecs.Message, p *codecs.Parsed) codecs.Settling {
	switch m.Name {
	case "Parse":
		if parsed, ok := parseParse(m.Body); ok && len(parsed.name) > 0 {
			r.known.taint(parsed.name)
		}
		return codecs.Settled // nothing is executed yet
	case "Bind":
		return codecs.Settled // plans, but changes nothing
	}
	if p == nil {
		r.moved()
		return codecs.Reading
	}
	settling, known := codecs.Settled, false
	for i := range p.Effects {
		s, k := r.unsettles(m, &p.Effects[i], p.Unsettles)
		settling, known = max(settling, s), known || k
	}
	if p.Unsettles && !known { // for a reason that isn't known here
		settling = codecs.Reading
		r.moved()
	}
	for i := range p.Effects {
		e := &p.Effects[i]
		switch e.Operation {
		case "COMMIT", "ROLLBACK", "ROLLBACK_TO", "RELEASE", "PREPARE_TRANSACTION":
			if r.touched {
				r.changed()
			}
			if r.stale { // it may end a transaction in which nobody can ask
				settling = max(settling, codecs.Names)
			}
		}
		r.known.sent(m, e, p.Unsettles)
	}
	return settling
}

// unsettles says what an effect may change, and whether something of it is a reason to say so. may is false if its text changes nothing by itself; but
// what functions do, and what was prepared, isn't in the text.
func (r *resolver) unsettles(m *codecs.Message, e *metadata.Effect, may bool) (settling codecs.Settling, known bool) {
	if may && e.Operation == "DISCARD" {
		settling, known = codecs.Reading, true
	}
	for i := range e.Accesses {
		a := &e.Accesses[i]
		switch {
		case a.Verb == metadata.Execute && (a.Kind == metadata.KindPrepared || a.Kind == metadata.KindCursor):
			known = true
			if e.Operation != "CLOSE" && r.known.unsettles(a) {
				settling = codecs.Reading
			}
		case a.Kind == metadata.KindFunction && a.Verb == metadata.Execute && a.System != metadata.IsSystem && a.Schema != catalog:
			settling, known = max(settling, codecs.Texts), true
			if r.reported == "" {
				r.moved()
			} else { // the server tells, before it is ready for another query
				r.calling = m.Exchange
			}
		case !may:
		case a.Kind == metadata.KindSetting && a.Verb == metadata.Write && a.Name == "search_path", a.Kind == metadata.KindSchema:
			settling, known = max(settling, codecs.Names), true
			r.moved()
		case a.Kind == metadata.KindSetting && a.Verb == metadata.Write, a.Kind == metadata.KindRole && a.Verb == metadata.Execute, a.Kind.Guarded():
			settling, known = codecs.Reading, true
		}
	}
	if settling == codecs.Reading {
		r.moved()
	}
	return settling, known
}

// moved says that a request that was sent may change the path, and the end of the transaction may change it back.
func (r *resolver) moved() {
	r.touched = true
	r.changed()
}

func (r *resolver) Seen(m *codecs.Message) {
	switch m.Name {
	case "ReadyForQuery":
		if len(m.Body) == 1 {
			r.status = m.Body[0]
		}
		if m.Exchange >= r.calling {
			r.calling = 0
		}
		if r.status == 'I' && r.touched {
			r.touched = false
			r.changed()
		}
	case "ErrorResponse":
		if r.touched {
			r.changed()
		}
	case "ParameterStatus":
		name, value, ok := parseStatus(m.Body)
		if !ok { // longer than is looked at
			r.changed()
			return
		}
		switch string(name) {
		case "search_path":
			r.report(&r.reported, value)
		case "session_authorization":
			r.report(&r.authid, value)
		}
	case "CommandComplete":
		r.known.completed(m)
	}
}

func (r *resolver) report(last *string, value []byte) {
	if *last != string(value) {
		*last = string(value)
		r.changed()
	}
}

// The name that the question goes by, so that it leaves the client's unnamed statement and portal alone.
const asking = "sluice: search_path"

// The question names nothing without its schema, so that the answer can't be somebody else's function or operator.
//
// There is no list while the setting names pg_temp, that schema isn't there yet, and it might be the first: current_schemas would make it, or fail where the user may not or the
// server is a standby. PostgreSQL, src/backend/catalog/namespace.c, fetch_search_path.
const question = `SELECT CASE WHEN pg_catalog.strpos(pg_catalog.lower(pg_catalog.current_setting('search_path')), 'pg_temp') OPERATOR(pg_catalog.=) 0 ` +
	`OR pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0::pg_catalog.oid OR ` + otherFirst +
	` THEN pg_catalog.array_to_json(pg_catalog.current_schemas(false))::pg_catalog.text END, pg_catalog.current_setting('search_path'), current_user::pg_catalog.text`

// otherFirst says that the first schema of the setting, which has no quotes, is one that exists and may be used.
const otherFirst = `CASE WHEN pg_catalog.strpos(pg_catalog.current_setting('search_path'), '"') OPERATOR(pg_catalog.=) 0 THEN ` +
	`pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace(pg_catalog.split_part(pg_catalog.current_setting('search_path'), ',', 1))::pg_catalog.oid, 'USAGE') END`

func (r *resolver) Question(dst []byte) []byte {
	r.row = answer{}
	dst = appendMessage(dst, 'P', asking+"\x00"+question+"\x00\x00\x00")
	dst = appendMessage(dst, 'B', asking+"\x00"+asking+"\x00\x00\x00\x00\x00\x00\x00")
	dst = appendMessage(dst, 'E', asking+"\x00\x00\x00\x00\x00")
	dst = appendMessage(dst, 'C', "P"+asking+"\x00")
	dst = appendMessage(dst, 'C', "S"+asking+"\x00")
	return append(dst, syncMessage...)
}

func (r *resolver) Answer(m *codecs.Message) {
	switch m.Name {
	case "DataRow":
		r.row = parseAnswer(m.Body)
	case "ErrorResponse":
		r.row.ok = false
	case "ReadyForQuery":
		if len(m.Body) == 1 {
			r.status = m.Body[0]
		}
	}
}

func (r *resolver) Answered(err error) {
	if err != nil || !r.row.ok {
		r.failed++
		r.path = unknownPath
		return
	}
	r.stale, r.failed = r.row.unlisted, 0 // what isn't told now may be next time
	if r.row.unlisted {
		r.path = unknownPath
		return
	}
	r.path = searchPath(r.row.schemas, append(settingSchemas(r.row.setting, r.row.user), "pg_temp"))
	r.row = answer{}
}

// PostgreSQL 18, 54.7 "DataRow".
func parseAnswer(body []byte) (a answer) {
	row := wire.Read(body)
	if row.Uint16() != 3 {
		return answer{}
	}
	var columns [3][]byte
	for i := range columns {
		n := row.Uint32()
		if a.unlisted = a.unlisted || i == 0 && n == null; n != null {
			columns[i] = row.Bytes(int(n))
		}
	}
	a.ok = row.OK() && (a.unlisted || json.Unmarshal(columns[0], &a.schemas) == nil)
	a.setting, a.user = string(columns[1]), string(columns[2])
	return a
}

const null = 1<<32 - 1 // the length of NULL

const catalog = "pg_catalog"

// searchPath makes a path of the schemas that exist; setting holds those that search_path names.
func searchPath(schemas, setting []string) *metadata.SearchPath {
	for i, s := range schemas {
		if strings.HasPrefix(s, "pg_temp_") { // the session's own; nobody else's schema is called so
			schemas[i] = "pg_temp"
		}
	}
	p := &metadata.SearchPath{Known: true, Search: schemas}
	if !slices.Contains(schemas, catalog) {
		p.System = catalog
	}
	for _, s := range setting {
		if !slices.Contains(schemas, s) && !slices.Contains(p.Later, s) {
			p.Later = append(p.Later, s)
		}
	}
	return p
}

// settingSchemas gives the schemas that a value of search_path names. PostgreSQL 18, src/backend/utils/adt/varlena.c: SplitIdentifierString.
func settingSchemas(setting, user string) (names []string) {
	for len(setting) > 0 {
		var name []byte
		i := 0
		for i < len(setting) && setting[i] != ',' {
			c := setting[i]
			i++
			switch {
			case c == '"':
				for i < len(setting) {
					if setting[i] == '"' {
						if i+1 >= len(setting) || setting[i+1] != '"' {
							break
						}
						i++
					}
					name = append(name, setting[i])
					i++
				}
				i = min(i+1, len(setting))
			case c == ' ' || c >= '\t' && c <= '\r':
			case c >= 'A' && c <= 'Z':
				name = append(name, c+'a'-'A')
			default:
				name = append(name, c)
			}
		}
		setting = setting[min(i+1, len(setting)):]
		switch string(name) {
		case "":
		case "$user":
			names = append(names, user)
		default:
			names = append(names, string(name[:min(len(name), maxName)]))
		}
	}
	return names
}

func (r *resolver) Expand(dst []metadata.Effect, p *codecs.Parsed) []metadata.Effect {
	return r.known.expand(dst, p.Effects)
}
