package rbac_test

import (
	"testing"

	"github.com/sluice-proxy/sluice/rbac"
)

func TestSubjectsWithTheSameRulesHaveOneKey(t *testing.T) {
	e, problems := rbac.Compile(rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{
		{Name: "ann", Effect: rbac.Allow, Users: []string{"ann"}},
		{Name: "all", Effect: rbac.Deny, Operations: []string{"DROP_TABLE"}},
		{Name: "shadow", Effect: rbac.Deny, Shadow: true, Databases: []string{"shop"}, Operations: []string{"DELETE"}},
	}}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	key := func(user, database string) string {
		return e.Subject(rbac.Identity{User: user, Database: database}).Key()
	}
	if key("bob", "x") != key("eve", "y") {
		t.Error("two with the same rules have different keys")
	}
	if key("bob", "x") == key("ann", "x") || key("bob", "x") == key("bob", "shop") || key("ann", "shop") == key("bob", "shop") {
		t.Error("two with different rules have one key")
	}
}
