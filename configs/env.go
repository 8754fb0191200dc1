package configs

import (
	"fmt"
	"strings"
)

// An Env looks a variable up, like os.LookupEnv.
type Env func(name string) (value string, ok bool)

// expand replaces ${NAME} and ${NAME:-default} in text; $${ stands for ${. Errors name variables, never their values.
func (env Env) expand(text string) (string, error) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	var b strings.Builder
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			b.WriteString(text)
			return b.String(), nil
		}
		if i > 0 && text[i-1] == '$' {
			b.WriteString(text[:i-1] + "${")
			text = text[i+2:]
			continue
		}
		b.WriteString(text[:i])
		inside, rest, ok := strings.Cut(text[i+2:], "}")
		if !ok {
			return "", fmt.Errorf("a ${ without its }; write $${ to mean the characters")
		}
		text = rest
		name, def, hasDefault := strings.Cut(inside, ":-")
		if !isVariable(name) {
			return "", fmt.Errorf("a ${ } needs the name of an environment variable, letters, digits and _; write $${ to mean the characters")
		}
		value, ok := env(name)
		switch {
		case ok && (value != "" || !hasDefault):
			b.WriteString(value)
		case hasDefault:
			b.WriteString(def)
		default:
			return "", fmt.Errorf("the environment variable %s is not set; set it, or give a default: ${%s:-…}", name, name)
		}
	}
}

func isVariable(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
