//go:build cgo

package pgsql

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/sluice-proxy/sluice/metadata"
)

// visitGrantStmt: GRANT and REVOKE change the objects whose rights they change.
func (w *walker) visitGrantStmt(s *pg.GrantStmt) {
	o, ok := objectTypes[s.Objtype]
	if !ok {
		w.unknown = true
		return
	}
	for _, n := range s.Objects {
		if s.Targtype == pg.GrantTargetType_ACL_TARGET_ALL_IN_SCHEMA {
			w.every(metadata.Alter, o.kind, n.GetString_().GetSval())
			continue
		}
		w.named(metadata.Alter, s.Objtype, n)
	}
}

func (w *walker) visitGrantRoleStmt(s *pg.GrantRoleStmt) {
	for _, n := range s.GrantedRoles {
		w.plain(metadata.Alter, metadata.KindRole, n.GetAccessPriv().GetPrivName())
	}
	w.roles(metadata.Alter, s.GranteeRoles)
}

func (w *walker) visitAlterDefaultPrivilegesStmt(*pg.AlterDefaultPrivilegesStmt) {
	w.beyond(w.operation)
}

func (w *walker) visitDropOwnedStmt(s *pg.DropOwnedStmt) {
	w.roles(metadata.Alter, s.Roles)
	w.beyond(w.operation)
}

func (w *walker) visitReassignOwnedStmt(s *pg.ReassignOwnedStmt) {
	w.roles(metadata.Alter, s.Roles)
	w.plain(metadata.Alter, metadata.KindRole, role(s.Newrole))
	w.beyond(w.operation)
}

func (w *walker) visitCreateRoleStmt(s *pg.CreateRoleStmt) {
	w.plain(metadata.Create, metadata.KindRole, s.Role)
	w.members(s.Options)
}

func (w *walker) visitAlterRoleStmt(s *pg.AlterRoleStmt) {
	w.plain(metadata.Alter, metadata.KindRole, role(s.Role))
	w.members(s.Options)
}

// members records the roles that IN ROLE, ROLE, ADMIN and ADD USER name.
func (w *walker) members(options []*pg.Node) {
	for _, n := range options {
		w.roles(metadata.Alter, n.GetDefElem().GetArg().GetList().GetItems())
	}
}

func (w *walker) visitDropRoleStmt(s *pg.DropRoleStmt) { w.roles(metadata.Drop, s.Roles) }

func (w *walker) roles(v metadata.Verb, list []*pg.Node) {
	for _, n := range list {
		if r := n.GetRoleSpec(); r != nil {
			w.plain(v, metadata.KindRole, role(r))
		}
	}
}
