//go:build cgo

package pgsql

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/sluice-proxy/sluice/metadata"
)

// Statements upon what is neither table nor function: extensions, languages, publications, databases.

func (w *walker) visitCreateExtensionStmt(s *pg.CreateExtensionStmt) {
	w.plain(metadata.Create, metadata.KindExtension, s.Extname)
	w.beyond(w.operation)
}

func (w *walker) visitAlterExtensionStmt(s *pg.AlterExtensionStmt) {
	w.plain(metadata.Alter, metadata.KindExtension, s.Extname)
	w.beyond(w.operation)
}

func (w *walker) visitAlterExtensionContentsStmt(s *pg.AlterExtensionContentsStmt) {
	w.plain(metadata.Alter, metadata.KindExtension, s.Extname)
	w.named(metadata.Alter, s.Objtype, s.Object)
}

func (w *walker) visitCreateFdwStmt(s *pg.CreateFdwStmt) {
	w.plain(metadata.Create, other, s.Fdwname)
	w.opaque(w.operation)
}

func (w *walker) visitAlterFdwStmt(s *pg.AlterFdwStmt) {
	w.plain(metadata.Alter, other, s.Fdwname)
	w.opaque(w.operation)
}

func (w *walker) visitCreateForeignServerStmt(s *pg.CreateForeignServerStmt) {
	w.plain(metadata.Create, other, s.Servername)
}

func (w *walker) visitAlterForeignServerStmt(s *pg.AlterForeignServerStmt) {
	w.plain(metadata.Alter, other, s.Servername)
}

func (w *walker) visitCreateUserMappingStmt(s *pg.CreateUserMappingStmt) {
	w.plain(metadata.Create, other, s.Servername)
}

func (w *walker) visitAlterUserMappingStmt(s *pg.AlterUserMappingStmt) {
	w.plain(metadata.Alter, other, s.Servername)
}

func (w *walker) visitDropUserMappingStmt(s *pg.DropUserMappingStmt) {
	w.plain(metadata.Drop, other, s.Servername)
}

// visitImportForeignSchemaStmt: with LIMIT TO the text says which tables are made, else it doesn't.
func (w *walker) visitImportForeignSchemaStmt(s *pg.ImportForeignSchemaStmt) {
	w.plain(metadata.Read, other, s.ServerName)
	if s.ListType == pg.ImportForeignSchemaType_FDW_IMPORT_SCHEMA_LIMIT_TO {
		for _, n := range s.TableList {
			w.addUnwritten(metadata.Access{Verb: metadata.Create, Kind: table, Schema: s.LocalSchema, Name: n.GetRangeVar().GetRelname()})
		}
	} else {
		w.add(metadata.Access{Verb: metadata.Create, Kind: table, Schema: s.LocalSchema})
	}
	w.beyond(w.operation)
}

func (w *walker) visitCreateAmStmt(s *pg.CreateAmStmt) {
	w.plain(metadata.Create, other, s.Amname)
	w.opaque(w.operation)
}

func (w *walker) visitCreatePLangStmt(s *pg.CreatePLangStmt) {
	w.plain(metadata.Create, other, s.Plname)
	w.opaque(w.operation)
}

func (w *walker) visitCreateOpClassStmt(s *pg.CreateOpClassStmt) {
	w.parts(metadata.Create, other, strs(s.Opclassname))
	w.opaque(w.operation)
}

func (w *walker) visitCreateOpFamilyStmt(s *pg.CreateOpFamilyStmt) {
	w.parts(metadata.Create, other, strs(s.Opfamilyname))
}

func (w *walker) visitAlterOpFamilyStmt(s *pg.AlterOpFamilyStmt) {
	w.parts(metadata.Alter, other, strs(s.Opfamilyname))
	w.opaque(w.operation)
}

func (w *walker) visitAlterOperatorStmt(s *pg.AlterOperatorStmt) {
	w.parts(metadata.Alter, other, strs(s.Opername.GetObjname()))
	w.opaque(w.operation)
}

func (w *walker) visitCreateCastStmt(s *pg.CreateCastStmt) {
	w.parts(metadata.Create, other, strs(s.Sourcetype.GetNames()))
	w.opaque(w.operation)
}

func (w *walker) visitCreateConversionStmt(s *pg.CreateConversionStmt) {
	w.parts(metadata.Create, other, strs(s.ConversionName))
	w.opaque(w.operation)
}

func (w *walker) visitCreateTransformStmt(s *pg.CreateTransformStmt) {
	w.parts(metadata.Create, other, strs(s.TypeName.GetNames()))
	w.opaque(w.operation)
}

func (w *walker) visitAlterEventTrigStmt(s *pg.AlterEventTrigStmt) {
	w.plain(metadata.Alter, other, s.Trigname)
}

func (w *walker) visitAlterTSDictionaryStmt(s *pg.AlterTSDictionaryStmt) {
	w.parts(metadata.Alter, other, strs(s.Dictname))
}

func (w *walker) visitAlterTSConfigurationStmt(s *pg.AlterTSConfigurationStmt) {
	w.parts(metadata.Alter, other, strs(s.Cfgname))
}

func (w *walker) visitAlterCollationStmt(s *pg.AlterCollationStmt) {
	w.parts(metadata.Alter, other, strs(s.Collname))
}

func (w *walker) visitAlterStatsStmt(s *pg.AlterStatsStmt) {
	w.parts(metadata.Alter, other, strs(s.Defnames))
}

func (w *walker) visitCreateTableSpaceStmt(s *pg.CreateTableSpaceStmt) {
	w.literal = true
	w.plain(metadata.Create, other, s.Tablespacename)
	w.plain(metadata.Write, metadata.KindServerFile, s.Location)
}

func (w *walker) visitDropTableSpaceStmt(s *pg.DropTableSpaceStmt) {
	w.plain(metadata.Drop, other, s.Tablespacename)
}

func (w *walker) visitAlterTableSpaceOptionsStmt(s *pg.AlterTableSpaceOptionsStmt) {
	w.plain(metadata.Alter, other, s.Tablespacename)
}

// A publication hands on what its tables hold.

func (w *walker) visitCreatePublicationStmt(s *pg.CreatePublicationStmt) {
	w.plain(metadata.Create, other, s.Pubname)
	w.published(s.Pubobjects, s.ForAllTables)
}

func (w *walker) visitAlterPublicationStmt(s *pg.AlterPublicationStmt) {
	w.plain(metadata.Alter, other, s.Pubname)
	w.published(s.Pubobjects, s.ForAllTables)
}

func (w *walker) published(objects []*pg.Node, all bool) {
	if all {
		w.every(metadata.Read, table, "")
	}
	for _, n := range objects {
		o := n.GetPublicationObjSpec()
		switch o.GetPubobjtype() {
		case pg.PublicationObjSpecType_PUBLICATIONOBJ_TABLES_IN_SCHEMA:
			w.every(metadata.Read, table, o.Name)
		case pg.PublicationObjSpecType_PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA:
			w.every(metadata.Read, table, "")
		default:
			w.node(n)
		}
	}
}

func (w *walker) visitCreateSubscriptionStmt(s *pg.CreateSubscriptionStmt) {
	w.plain(metadata.Create, other, s.Subname)
	w.beyond(w.operation)
}

func (w *walker) visitAlterSubscriptionStmt(s *pg.AlterSubscriptionStmt) {
	w.plain(metadata.Alter, other, s.Subname)
	w.beyond(w.operation)
}

func (w *walker) visitDropSubscriptionStmt(s *pg.DropSubscriptionStmt) {
	w.plain(metadata.Drop, other, s.Subname)
}

// visitCreatedbStmt: a new database is a copy of its template, with all tables.
func (w *walker) visitCreatedbStmt(s *pg.CreatedbStmt) {
	w.plain(metadata.Create, metadata.KindDatabase, s.Dbname)
	for _, n := range s.Options {
		d := n.GetDefElem()
		if !strings.EqualFold(d.GetDefname(), "template") || d.Arg == nil {
			continue
		}
		w.literal = true
		if template := d.Arg.GetString_().GetSval(); template != "template0" && template != "template1" {
			w.plain(metadata.Read, metadata.KindDatabase, template)
			w.beyond(w.operation)
		}
	}
}

func (w *walker) visitAlterDatabaseStmt(s *pg.AlterDatabaseStmt) {
	w.plain(metadata.Alter, metadata.KindDatabase, s.Dbname)
}

func (w *walker) visitAlterDatabaseRefreshCollStmt(s *pg.AlterDatabaseRefreshCollStmt) {
	w.plain(metadata.Alter, metadata.KindDatabase, s.Dbname)
}

func (w *walker) visitDropdbStmt(s *pg.DropdbStmt) {
	w.plain(metadata.Drop, metadata.KindDatabase, s.Dbname)
	w.beyond(w.operation)
}

func (w *walker) visitLoadStmt(s *pg.LoadStmt) {
	w.literal = true
	w.plain(metadata.Execute, metadata.KindExtension, s.Filename)
	w.beyond(w.operation)
}

func (w *walker) visitCheckPointStmt(*pg.CheckPointStmt) {
	w.plain(metadata.Execute, other, "checkpoint")
}
