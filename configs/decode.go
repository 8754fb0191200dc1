package configs

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A decoder fills structs from YAML nodes, as strictly as it can: the library's own strictness stops at the first error and knows no paths.
type decoder struct {
	file     string
	env      Env
	whole    reflect.Type    // of what the file holds
	strict   bool            // a key without a value is a mistake, not as if it weren't there
	lines    map[string]int  // of values, by path
	meant    map[string]bool // paths of keys that misspelled ones probably stand for
	problems Problems
}

func (d *decoder) problem(line int, path, text string) {
	d.problems = append(d.problems, Problem{d.file, line, path, text})
}

// value fills v, which the field with this tag holds.
func (d *decoder) value(v reflect.Value, n *yaml.Node, path string, tag reflect.StructTag) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	d.lines[path] = n.Line
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		if d.strict {
			d.problem(n.Line, path, "has no value; give it one, or remove it")
		}
		return // as if the key weren't there
	}
	if d.strict && n.Tag != "" && !strings.HasPrefix(n.Tag, "!!") {
		d.problem(n.Line, path, "begins with !, which YAML takes for something else; put it in quotes: \""+n.Tag+n.Value+"\"")
		return
	}
	if m, ok := v.Addr().Interface().(*LogMode); ok && n.Kind == yaml.MappingNode {
		d.logMode(m, n, path)
		return
	}
	_, leaf := v.Addr().Interface().(scalar)
	switch {
	case leaf || v.Kind() != reflect.Struct && v.Kind() != reflect.Slice:
		d.scalar(v, n, path, tag)
	case v.Kind() == reflect.Slice:
		d.list(v, n, path)
	default:
		d.mapping(v, n, path)
	}
}

func (d *decoder) list(v reflect.Value, n *yaml.Node, path string) {
	if _, single := v.Interface().(oneOrMore); single && n.Kind != yaml.SequenceNode {
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		d.value(v.Index(0), n, path, "")
		return
	}
	if n.Kind != yaml.SequenceNode {
		d.problem(n.Line, path, "must be a list: put it in [ ], or on lines that begin with -")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.value(v.Index(i), item, fmt.Sprintf("%s[%d]", path, i), "")
	}
}

func (d *decoder) mapping(v reflect.Value, n *yaml.Node, path string) {
	fields := fieldsOf(v.Type())
	if n.Kind != yaml.MappingNode {
		d.problem(n.Line, path, "must be a mapping with keys of "+list(fields.names()))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		at := join(path, key.Value)
		if first, twice := seen[key.Value]; twice {
			d.problem(key.Line, at, fmt.Sprintf("given twice, first in line %d; remove one", first))
			continue
		}
		seen[key.Value] = key.Line
		f, ok := fields.find(key.Value)
		if !ok {
			d.problem(key.Line, at, "unknown key; "+hint(key.Value, path, fields.names(), d.whole))
			d.meant[join(path, Nearest(key.Value, fields.names()))] = true
			continue
		}
		d.value(v.FieldByIndex(f.Index), val, at, f.Tag)
	}
}

// hint says what an unknown key could have been. whole is the type of what the file holds.
func hint(key, path string, known []string, whole reflect.Type) string {
	if key == "<<" {
		return "merge keys are not supported, write the keys out"
	}
	if near := Nearest(key, known); near != "" {
		return "did you mean " + near + "?"
	}
	for _, p := range paths(whole, "") {
		elements := strings.Split(p, ".")
		for i := range elements {
			if strings.TrimSuffix(elements[i], "[]") == key {
				return "it belongs elsewhere: " + strings.TrimSuffix(join(strings.Join(elements[:i], "."), elements[i]), "[]")
			}
		}
	}
	where := "here"
	if path == "" {
		where = "at the top"
	}
	return "known " + where + " are " + list(known)
}

func (d *decoder) logMode(m *LogMode, n *yaml.Node, path string) {
	if len(n.Content) != 2 || n.Content[0].Value != "slow" {
		d.problem(n.Line, path, "say all, errors or slow: 100ms")
		return
	}
	text, err := d.text(n.Content[1])
	if err == nil {
		err = m.slow(text)
	}
	if err != nil {
		d.problem(n.Line, path+".slow", err.Error())
	}
}

// text gives a scalar's text, the environment's part put in.
func (d *decoder) text(n *yaml.Node) (string, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		return "", fmt.Errorf("must be a single value")
	}
	return d.env.expand(n.Value)
}

func (d *decoder) scalar(v reflect.Value, n *yaml.Node, path string, tag reflect.StructTag) {
	text, err := d.text(n)
	if err == nil {
		err = set(v, text)
	}
	if err == nil {
		err = bounds(v, tag, n.Value)
	}
	if err != nil {
		d.problem(n.Line, path, err.Error())
		v.SetZero()
	}
}

// set fills a single value from its text.
func set(v reflect.Value, text string) error {
	if s, ok := v.Addr().Interface().(scalar); ok {
		return s.parse(text)
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("say true or false")
		}
		v.SetBool(text == "true")
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("must be a whole number")
		}
		v.SetInt(int64(n))
	default:
		panic("configs: a setting of type " + v.Type().String())
	}
	return nil
}

// bounds checks a value against its field's tag and its type's words. shown is how the file writes it: before the environment's part is put in.
func bounds(v reflect.Value, tag reflect.StructTag, shown string) error {
	if w, ok := v.Interface().(word); ok {
		known := w.Words()
		if slices.Contains(known, v.String()) {
			return nil
		}
		if near := Nearest(shown, known); near != "" {
			return fmt.Errorf("%q is not known; did you mean %s? (%s)", shown, near, list(known))
		}
		return fmt.Errorf("%q is not known; say %s", shown, oneOf(known))
	}
	off := tag.Get("off") != ""
	if d, ok := v.Interface().(Duration); ok && d < 0 {
		if !off {
			return fmt.Errorf("can't be off; give it a long time instead")
		}
		return nil
	}
	or := ""
	if off {
		or = ", or off"
	}
	for _, side := range []string{"least", "most"} {
		text := tag.Get(side)
		if text == "" {
			continue
		}
		limit := reflect.New(v.Type()).Elem()
		if err := set(limit, text); err != nil {
			panic("configs: tag " + side + ": " + err.Error())
		}
		if side == "least" && v.Int() < limit.Int() || side == "most" && v.Int() > limit.Int() {
			return fmt.Errorf("%v is too %s; the %s is %v%s", v.Interface(), map[string]string{"least": "little", "most": "much"}[side], side, limit.Interface(), or)
		}
	}
	return nil
}
