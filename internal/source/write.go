package source

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// AppendJSON appends n as compact JSON. HTML characters are not escaped; invalid UTF-8 becomes the replacement character.
func AppendJSON(b []byte, n *Node) []byte {
	if n == nil {
		return append(b, "null"...)
	}
	switch n.Kind {
	case Bool, Number:
		return append(b, n.Text...)
	case String:
		return AppendString(b, n.Text)
	case Array:
		b = append(b, '[')
		for i, it := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendJSON(b, it)
		}
		return append(b, ']')
	case Object:
		b = append(b, '{')
		for i, m := range n.Members {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendString(b, m.Key)
			b = append(b, ':')
			b = AppendJSON(b, m.Value)
		}
		return append(b, '}')
	default:
		return append(b, "null"...)
	}
}

// FormatJSON writes n as indented JSON with a final newline.
func FormatJSON(n *Node) []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, AppendJSON(nil, n), "", "  "); err != nil {
		// AppendJSON writes valid JSON only; a node built by hand with a bad number is a mistake in the program.
		panic("source: " + err.Error())
	}
	out.WriteByte('\n')
	return out.Bytes()
}

const hexDigits = "0123456789abcdef"

// TurnsText tells whether a character ends a line or changes the direction of text without being seen. Where data is shown,
// such a character could make it look like something else, so it is written as an escape.
func TurnsText(r rune) bool {
	return r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c
}

// AppendString appends s as a JSON string without escaping HTML characters.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' && c != 0x7f {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r >= 0x80 && r < 0xa0 || TurnsText(r) {
			b = append(b, s[start:i]...)
			switch {
			case r == utf8.RuneError:
				b = append(b, "\ufffd"...)
			default:
				b = append(b, '\\', 'u', hexDigits[r>>12&0xf], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
			}
			i += size
			start = i
			continue
		}
		i += size
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// FromGo turns what encoding/json can write into a Node, for values made in code.
func FromGo(v any) (*Node, error) {
	var buf strings.Builder
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	n, problems := ParseJSON("", []byte(buf.String()))
	if problems.HasErrors() {
		return nil, problems
	}
	return n, nil
}
