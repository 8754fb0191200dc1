package configs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Load reads a configuration from a file, with the process's environment. What is wrong with its contents comes as [Problems], all of it.
func Load(file string) (*Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return Parse(file, data, os.LookupEnv)
}

// Parse reads a configuration from data. file is its name, for problems.
func Parse(file string, data []byte, env Env) (*Config, error) {
	root, err := document(file, data)
	if err != nil {
		return nil, err
	}
	d := &decoder{file: file, env: env, whole: reflect.TypeFor[Config](), lines: map[string]int{}, meant: map[string]bool{}}
	c := &Config{}
	if root != nil {
		d.value(reflect.ValueOf(c).Elem(), root, "", "")
	}
	for i := range c.Listeners {
		if p := &c.Listeners[i].Policy; p.File != "" && !filepath.IsAbs(p.File) {
			p.File = filepath.Join(filepath.Dir(file), p.File)
		}
	}
	for _, p := range c.check() {
		if d.reported(p.Path) {
			continue // what comes of a mistake is no second one
		}
		d.problem(d.line(p.Path), p.Path, p.Text)
	}
	if err := d.problems.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// document gives the file's one document; nil if it is empty.
func document(file string, data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, Problems{syntax(file, data, err)}
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, Problems{syntax(file, data, err)}
		}
		return nil, Problems{{file, second.Line, "", "a second document begins here; a configuration is one document, remove the --- before it"}}
	}
	return doc.Content[0], nil
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)

// syntax makes a problem of the library's error.
func syntax(file string, data []byte, err error) Problem {
	text := err.Error()
	m := yamlLine.FindStringSubmatch(text)
	line, _ := strconv.Atoi(m[1]) // "": 0, not known
	text = text[len(m[0]):]
	if line > 0 && strings.HasPrefix(text, "did not find expected") {
		line++ // the library's parser, unlike its scanner, counts from 0
	}
	if line == 0 && !strings.Contains(text, "anchor") {
		line = 1 // the only line that the library doesn't name
	}
	var here string
	if all := strings.Split(string(data), "\n"); line > 0 && line <= len(all) {
		here = all[line-1]
	}
	switch {
	case strings.HasPrefix(strings.TrimLeft(here, " "), "\t"):
		text += "; indent with blanks, not with tabs"
	case colonInFlow.MatchString(here):
		text += "; between { } an address that begins with : needs quotes: ':6432'"
	case strings.Contains(text, "mapping values are not allowed"):
		text += "; look for a missing line break, or put a value that contains a colon and a blank in quotes"
	case strings.Contains(text, "unknown anchor"), strings.Contains(text, "alphabetic or numeric"):
		text += "; a value that begins with * needs quotes: \"*.orders\""
	case strings.Contains(text, "did not find expected"):
		text += "; look at the indentation, open brackets and quotes around here"
	}
	return Problem{file, line, "", "not YAML: " + text}
}

// colonInFlow finds an unquoted :6432 as a value inside of { }.
var colonInFlow = regexp.MustCompile(`[{,].*: :[0-9]`)

// line gives the line of the value at path, or of what it would be in.
func (d *decoder) line(path string) int {
	for {
		if n := d.lines[path]; n > 0 || path == "" {
			return n
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}

// reported says whether there is a problem at path, or in it, or with the whole.
func (d *decoder) reported(path string) bool {
	if d.meant[path] {
		return true
	}
	for _, p := range d.problems {
		if p.Path == "" || p.Path == path || strings.HasPrefix(p.Path, path) && path != "" && strings.IndexAny(p.Path[len(path):], ".[") == 0 {
			return true
		}
	}
	return false
}
