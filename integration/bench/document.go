package main

import (
	"fmt"
	"os"
	"strings"
)

// The markers between which a document keeps the result.
const (
	beginMarker = "<!-- bench:begin -->"
	endMarker   = "<!-- bench:end -->"
)

// checkDocument says whether writeDocument will find its place.
func checkDocument(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = replace(string(text), "")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func writeDocument(path, result string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	mended, err := replace(string(text), result)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(mended), 0o644)
}

// replace puts the result between the markers.
func replace(document, result string) (string, error) {
	before, rest, ok1 := strings.Cut(document, beginMarker)
	_, after, ok2 := strings.Cut(rest, endMarker)
	if !ok1 || !ok2 {
		return "", fmt.Errorf("the result's place is between a line %s and a line %s, which aren't there", beginMarker, endMarker)
	}
	return before + beginMarker + "\n\n" + strings.TrimSpace(result) + "\n\n" + endMarker + after, nil
}
