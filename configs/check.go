package configs

import (
	"fmt"
	"reflect"
)

// Validate finds everything that is wrong with c and tells it as [Problems]. Load has done so; it is for configurations that a program made.
func (c *Config) Validate() error { return c.check().err() }

// check finds what is wrong, without lines.
func (c *Config) check() Problems {
	k := &checker{c: c}
	k.shape(reflect.ValueOf(c).Elem(), "", "")
	k.clusters()
	k.listeners()
	k.advertised()
	k.accessLog()
	k.admin()
	return k.problems
}

type checker struct {
	c        *Config
	problems Problems
}

func (k *checker) problem(path, format string, args ...any) {
	k.problems = append(k.problems, Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

// shape checks what tags and types say: needed fields, words and bounds.
func (k *checker) shape(v reflect.Value, path string, tag reflect.StructTag) {
	if v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		if mend := tag.Get("need"); mend != "" {
			k.problem(path, "is missing; %s", mend)
		}
		if !section(v.Type()) {
			return
		}
	}
	switch {
	case section(v.Type()):
		for _, f := range fieldsOf(v.Type()) {
			k.shape(v.FieldByIndex(f.Index), join(path, keyOf(f)), f.Tag)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			k.shape(v.Index(i), fmt.Sprintf("%s[%d]", path, i), "")
		}
	case v.Type() != reflect.TypeFor[LogMode]():
		if err := bounds(v, tag, fmt.Sprint(v.Interface())); err != nil {
			k.problem(path, "%v", err)
		}
	}
}

func (k *checker) accessLog() {
	a := k.c.AccessLog
	if !a.Log.On() && a != (AccessLog{}) {
		k.problem("access_log.log", "is missing, so nothing would be logged; say all, errors or slow: 100ms, or remove access_log")
	}
	if a.File != "" && a.File != stdout && a.File[len(a.File)-1] == '/' {
		k.problem("access_log.file", "is a folder; name a file in it: %saccess.json", a.File)
	}
}

// stdout is the file that is not one.
const stdout = "stdout"

func (k *checker) admin() {
	a := k.c.Admin
	if a.Address == "" {
		if a.Pprof {
			k.problem("admin.address", "is missing, so the profiles could not be read; say where: address: 127.0.0.1:9900")
		}
		return
	}
	if err := checkListen(a.Address, 0); err != nil || isPath(a.Address) {
		if err == nil {
			err = fmt.Errorf("must be host:port: 127.0.0.1:9900")
		}
		k.problem("admin.address", "%v", err)
	}
	for i := range k.c.Listeners {
		if l := &k.c.Listeners[i]; sameAddress(l.Address, a.Address) {
			k.problem("admin.address", "is the address of listeners[%d] too; take another port", i)
		}
	}
}
