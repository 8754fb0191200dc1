package main

import (
	"fmt"
	"os"
	"strings"
)

// markers are the lines between which a document keeps the results of a protocol.
func markers(p protocol) (begin, end string) {
	return fmt.Sprintf("<!-- bench:begin %s -->", p), fmt.Sprintf("<!-- bench:end %s -->", p)
}

// checkDocument says whether writeDocument will find its places.
func checkDocument(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, p := range protocols() {
		if _, err := replace(string(text), p, ""); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// writeDocument keeps the results of the protocols that were measured; what the document says of others stays.
func writeDocument(path string, all []*results) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	document := string(text)
	for _, r := range all {
		if document, err = replace(document, r.protocol, render(r)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return os.WriteFile(path, []byte(document), 0o644)
}

// replace puts a protocol's result between its markers.
func replace(document string, p protocol, result string) (string, error) {
	begin, end := markers(p)
	before, rest, ok1 := strings.Cut(document, begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		return "", fmt.Errorf("the result's place is between a line %s and a line %s, which aren't there", begin, end)
	}
	return before + begin + "\n\n" + strings.TrimSpace(result) + "\n\n" + end + after, nil
}
