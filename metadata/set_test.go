package metadata_test

import (
	"testing"

	"github.com/sluice-proxy/sluice/metadata"
)

func TestSet(t *testing.T) {
	var s metadata.Set
	s.PutString(metadata.User, "ann")
	s.PutInt(metadata.ReturnedRows, 3)
	s.PutString(metadata.User, "bob")
	if got := s.Str(metadata.User); got != "bob" {
		t.Errorf("a second put must replace the value: got %q", got)
	}
	if got := s.Int(metadata.ReturnedRows); got != 3 {
		t.Errorf("rows: got %d, want 3", got)
	}
	if got := s.Len(); got != 2 {
		t.Errorf("length: got %d, want 2", got)
	}
	s.Delete(metadata.User)
	if _, ok := s.Get(metadata.User); ok {
		t.Error("a deleted key is still set")
	}
	s.Clear()
	if s.Len() != 0 {
		t.Error("a cleared set is not empty")
	}
}

func TestCommonKeysAreDistinctAndDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range metadata.Common() {
		if seen[k.Name] {
			t.Errorf("%s is declared twice", k.Name)
		}
		seen[k.Name] = true
		if k.Doc == "" || k.Type.String() == "unknown" || k.Scope.String() == "unknown" {
			t.Errorf("%s lacks a meaning, a type or a scope", k.Name)
		}
	}
}

func TestReusedSetDoesNotAllocate(t *testing.T) {
	var s metadata.Set
	n := testing.AllocsPerRun(100, func() {
		s.Clear()
		s.PutString(metadata.User, "ann")
		s.PutInt(metadata.ReturnedRows, 3)
	})
	if n != 0 {
		t.Errorf("got %v allocations per reuse, want 0", n)
	}
}
