package accesslog

import "github.com/sluice-proxy/sluice/filters"

// Tags are the client's claim and the client's size: a comment may bring 4 KiB of them.
const (
	maxTags     = 32
	maxTagKey   = 64
	maxTagValue = 256
)

// traceparent takes a W3C trace context apart, or says that it is none. https://www.w3.org/TR/trace-context/ (level 2), 3.2.
func traceparent(s string) (traceID, spanID, flags string, ok bool) {
	if len(s) < 55 || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return "", "", "", false
	}
	version, traceID, spanID, flags := s[:2], s[3:35], s[36:52], s[53:55]
	if !lowerHex(version) || !lowerHex(traceID) || !lowerHex(spanID) || !lowerHex(flags) || zeros(traceID) || zeros(spanID) {
		return "", "", "", false
	}
	// Version 00 ends here; a later one may go on behind a hyphen; ff is none.
	if version == "ff" || version == "00" && len(s) > 55 || len(s) > 55 && s[55] != '-' {
		return "", "", "", false
	}
	return traceID, spanID, flags, true
}

func lowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func zeros(s string) bool {
	for i := range len(s) {
		if s[i] != '0' {
			return false
		}
	}
	return true
}

// appendTags appends the trace context and the other tags. The first tag of a key counts; a JSON object must not have two.
func appendTags(dst []byte, tags []filters.Tag) []byte {
	if len(tags) > maxTags {
		tags = tags[:maxTags]
	}
	trace := -1
	for i := range tags {
		if tags[i].Key != "traceparent" {
			continue
		}
		if traceID, spanID, flags, ok := traceparent(tags[i].Value); ok {
			dst = append(append(append(dst, fieldTraceID+`"`...), traceID...), '"')
			dst = append(append(append(dst, fieldSpanID+`"`...), spanID...), '"')
			dst = append(append(append(dst, fieldTraceFlags+`"`...), flags...), '"')
			trace = i
		}
		break
	}
	open := false
	for i := range tags {
		if i == trace || seen(tags[:i], tags[i].Key) {
			continue
		}
		if open {
			dst = append(dst, ',')
		} else {
			dst, open = append(dst, fieldTags...), true
		}
		key, _ := cut(tags[i].Key, maxTagKey)
		value, _ := cut(tags[i].Value, maxTagValue)
		dst = append(appendString(dst, key), ':')
		dst = appendString(dst, value)
	}
	if open {
		dst = append(dst, '}')
	}
	return dst
}

// seen says whether one of tags has the key, as far as it is written.
func seen(tags []filters.Tag, key string) bool {
	key, _ = cut(key, maxTagKey)
	for i := range tags {
		if k, _ := cut(tags[i].Key, maxTagKey); k == key {
			return true
		}
	}
	return false
}
