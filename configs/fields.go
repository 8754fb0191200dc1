package configs

import (
	"reflect"
	"strings"
)

// What reflection knows of the configuration's types: the YAML key of each field is in its tag.

type fields []reflect.StructField

func fieldsOf(t reflect.Type) fields {
	all := make(fields, 0, t.NumField())
	for i := range t.NumField() {
		all = append(all, t.Field(i))
	}
	return all
}

func (f fields) find(key string) (reflect.StructField, bool) {
	for _, x := range f {
		if keyOf(x) == key {
			return x, true
		}
	}
	return reflect.StructField{}, false
}

func (f fields) names() []string {
	all := make([]string, len(f))
	for i := range f {
		all[i] = keyOf(f[i])
	}
	return all
}

func keyOf(f reflect.StructField) string { return f.Tag.Get("yaml") }

// section says that t has keys of its own.
func section(t reflect.Type) bool {
	_, leaf := reflect.New(t).Interface().(scalar)
	return t.Kind() == reflect.Struct && !leaf
}

// paths lists every key under t, listeners[].timeouts.idle.
func paths(t reflect.Type, at string) []string {
	var all []string
	for _, f := range fieldsOf(t) {
		p, ft := join(at, keyOf(f)), f.Type
		if ft.Kind() == reflect.Slice {
			ft = ft.Elem()
			p += "[]"
		}
		if section(ft) {
			all = append(all, paths(ft, p)...)
		} else {
			all = append(all, p)
		}
	}
	return all
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func list(names []string) string { return strings.Join(names, ", ") }

func oneOf(names []string) string {
	if len(names) < 2 {
		return list(names)
	}
	return list(names[:len(names)-1]) + " or " + names[len(names)-1]
}
