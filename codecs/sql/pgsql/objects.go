//go:build cgo

package pgsql

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/sluice-proxy/sluice/metadata"
)

// An objectType is what the grammar's ObjectType means here.
type objectType struct {
	words string        // as in DROP_…
	kind  metadata.Kind // of the access
	part  bool          // it is a part of the object that all of its name but the last element names
}

const (
	table    = metadata.KindTable
	function = metadata.KindFunction
	typ      = metadata.KindType
	other    = metadata.KindServerObject
)

var objectTypes = map[pg.ObjectType]objectType{
	pg.ObjectType_OBJECT_ACCESS_METHOD:   {"ACCESS_METHOD", other, false},
	pg.ObjectType_OBJECT_AGGREGATE:       {"AGGREGATE", function, false},
	pg.ObjectType_OBJECT_ATTRIBUTE:       {"TYPE", typ, true},
	pg.ObjectType_OBJECT_CAST:            {"CAST", other, false},
	pg.ObjectType_OBJECT_COLUMN:          {"TABLE", table, true},
	pg.ObjectType_OBJECT_COLLATION:       {"COLLATION", other, false},
	pg.ObjectType_OBJECT_CONVERSION:      {"CONVERSION", other, false},
	pg.ObjectType_OBJECT_DATABASE:        {"DATABASE", metadata.KindDatabase, false},
	pg.ObjectType_OBJECT_DOMAIN:          {"DOMAIN", typ, false},
	pg.ObjectType_OBJECT_DOMCONSTRAINT:   {"DOMAIN", typ, true},
	pg.ObjectType_OBJECT_EVENT_TRIGGER:   {"EVENT_TRIGGER", other, false},
	pg.ObjectType_OBJECT_EXTENSION:       {"EXTENSION", metadata.KindExtension, false},
	pg.ObjectType_OBJECT_FDW:             {"FOREIGN_DATA_WRAPPER", other, false},
	pg.ObjectType_OBJECT_FOREIGN_SERVER:  {"SERVER", other, false},
	pg.ObjectType_OBJECT_FOREIGN_TABLE:   {"FOREIGN_TABLE", table, false},
	pg.ObjectType_OBJECT_FUNCTION:        {"FUNCTION", function, false},
	pg.ObjectType_OBJECT_INDEX:           {"INDEX", metadata.KindIndex, false},
	pg.ObjectType_OBJECT_LANGUAGE:        {"LANGUAGE", other, false},
	pg.ObjectType_OBJECT_LARGEOBJECT:     {"LARGE_OBJECT", metadata.KindLargeObject, false},
	pg.ObjectType_OBJECT_MATVIEW:         {"MATERIALIZED_VIEW", table, false},
	pg.ObjectType_OBJECT_OPCLASS:         {"OPERATOR_CLASS", other, false},
	pg.ObjectType_OBJECT_OPERATOR:        {"OPERATOR", other, false},
	pg.ObjectType_OBJECT_OPFAMILY:        {"OPERATOR_FAMILY", other, false},
	pg.ObjectType_OBJECT_PARAMETER_ACL:   {"PARAMETER", metadata.KindSetting, false},
	pg.ObjectType_OBJECT_POLICY:          {"POLICY", table, true},
	pg.ObjectType_OBJECT_PROCEDURE:       {"PROCEDURE", function, false},
	pg.ObjectType_OBJECT_PUBLICATION:     {"PUBLICATION", other, false},
	pg.ObjectType_OBJECT_ROLE:            {"ROLE", metadata.KindRole, false},
	pg.ObjectType_OBJECT_ROUTINE:         {"ROUTINE", function, false},
	pg.ObjectType_OBJECT_RULE:            {"RULE", table, true},
	pg.ObjectType_OBJECT_SCHEMA:          {"SCHEMA", metadata.KindSchema, false},
	pg.ObjectType_OBJECT_SEQUENCE:        {"SEQUENCE", metadata.KindSequence, false},
	pg.ObjectType_OBJECT_SUBSCRIPTION:    {"SUBSCRIPTION", other, false},
	pg.ObjectType_OBJECT_STATISTIC_EXT:   {"STATISTICS", other, false},
	pg.ObjectType_OBJECT_TABCONSTRAINT:   {"TABLE", table, true},
	pg.ObjectType_OBJECT_TABLE:           {"TABLE", table, false},
	pg.ObjectType_OBJECT_TABLESPACE:      {"TABLESPACE", other, false},
	pg.ObjectType_OBJECT_TRANSFORM:       {"TRANSFORM", other, false},
	pg.ObjectType_OBJECT_TRIGGER:         {"TRIGGER", table, true},
	pg.ObjectType_OBJECT_TSCONFIGURATION: {"TEXT_SEARCH_CONFIGURATION", other, false},
	pg.ObjectType_OBJECT_TSDICTIONARY:    {"TEXT_SEARCH_DICTIONARY", other, false},
	pg.ObjectType_OBJECT_TSPARSER:        {"TEXT_SEARCH_PARSER", other, false},
	pg.ObjectType_OBJECT_TSTEMPLATE:      {"TEXT_SEARCH_TEMPLATE", other, false},
	pg.ObjectType_OBJECT_TYPE:            {"TYPE", typ, false},
	pg.ObjectType_OBJECT_USER_MAPPING:    {"USER_MAPPING", other, false},
	pg.ObjectType_OBJECT_VIEW:            {"VIEW", table, false},
}

// ddl names an operation upon an object; "" if the type isn't known.
func ddl(verb string, t pg.ObjectType) string {
	o, ok := objectTypes[t]
	if !ok {
		return ""
	}
	return verb + "_" + o.words
}

// named records an access upon the object of type t that n names, in one of the forms that the grammar has for that.
func (w *walker) named(v metadata.Verb, t pg.ObjectType, n *pg.Node) {
	o, ok := objectTypes[t]
	if !ok {
		w.unknown = true
		return
	}
	if o.kind == metadata.KindLargeObject {
		w.literal = true
	}
	names := nameParts(n)
	if o.part && t != pg.ObjectType_OBJECT_DOMCONSTRAINT && len(names) > 0 {
		names = names[:len(names)-1]
	}
	if t == pg.ObjectType_OBJECT_OPCLASS || t == pg.ObjectType_OBJECT_OPFAMILY {
		names = names[min(1, len(names)):] // the access method comes first
	}
	w.parts(v, o.kind, names)
}

// parts records an access upon an object by the parts of its name.
func (w *walker) parts(v metadata.Verb, k metadata.Kind, names []string) {
	if !k.Qualified() {
		w.add(metadata.Access{Verb: v, Kind: k, Name: strings.Join(names, ".")})
		return
	}
	schema, name := split(names)
	if k == metadata.KindFunction || v == metadata.Create {
		w.add(metadata.Access{Verb: v, Kind: k, Schema: schema, Name: name, Anywhere: schema == "" && w.home.inside})
		return
	}
	w.object(v, k, schema, name)
}

// split gives the last two parts of a name; before them there may be the database's, which can only be this one.
func split(names []string) (schema, name string) {
	if len(names) > 1 {
		schema = names[len(names)-2]
	}
	if len(names) > 0 {
		name = names[len(names)-1]
	}
	return schema, name
}

// nameParts gives the parts of the name that n is, in whatever form.
func nameParts(n *pg.Node) []string {
	switch n := n.GetNode().(type) {
	case *pg.Node_String_:
		return []string{n.String_.GetSval()}
	case *pg.Node_RangeVar:
		if n.RangeVar.Schemaname != "" {
			return []string{n.RangeVar.Schemaname, n.RangeVar.Relname}
		}
		return []string{n.RangeVar.Relname}
	case *pg.Node_TypeName:
		return strs(n.TypeName.Names)
	case *pg.Node_ObjectWithArgs:
		return strs(n.ObjectWithArgs.Objname)
	case *pg.Node_Integer:
		return []string{strconv.Itoa(int(n.Integer.GetIval()))}
	case *pg.Node_Float:
		return []string{n.Float.GetFval()}
	case *pg.Node_List:
		var all []string
		for _, item := range n.List.Items {
			if item.GetTypeName() != nil && len(n.List.Items) > 1 { // a cast, a transform or a domain's constraint: the type is what counts
				return strs(item.GetTypeName().Names)
			}
			all = append(all, nameParts(item)...)
		}
		return all
	}
	return nil
}

// strs gives the strings of a list of them.
func strs(list []*pg.Node) []string {
	names := make([]string, 0, len(list))
	for _, n := range list {
		names = append(names, nameParts(n)...)
	}
	return names
}

// role gives a role's name; "" for the one that the session has, and for everyone.
func role(r *pg.RoleSpec) string { return r.GetRolename() }

// plain records an access upon an object whose name has one part.
func (w *walker) plain(v metadata.Verb, k metadata.Kind, name string) {
	w.add(metadata.Access{Verb: v, Kind: k, Name: name})
}

// every records an access upon all objects of a kind, in a schema or, if that is "", anywhere.
func (w *walker) every(v metadata.Verb, k metadata.Kind, schema string) {
	w.add(metadata.Access{Verb: v, Kind: k, Schema: schema, Anywhere: schema == ""})
	w.beyond(w.operation)
}
