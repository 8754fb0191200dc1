package configs

import "strings"

// Nearest gives the one of the known names that was probably meant by name, "" if none is near. Case, and - for _, count as nothing.
func Nearest(name string, known []string) string {
	fold := strings.NewReplacer("-", "_").Replace
	best, least := "", max(len(name)/3, 1)+1
	for _, k := range known {
		d := distance(strings.ToLower(fold(name)), strings.ToLower(fold(k)))
		if d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return best
	}
	for _, k := range known { // what is only part of it: connections for max_connections
		if len(name) >= 4 && (strings.Contains(k, name) || len(k) >= 4 && strings.Contains(name, k)) {
			return k
		}
	}
	return ""
}

// distance counts the letters to insert, delete, change or swap with their neighbour that make b of a.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 { // no name of ours is so long
		return 64
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(row[j-1]+1, last[j]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
