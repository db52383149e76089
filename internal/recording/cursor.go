package recording

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"askflow/internal/source"
)

// cursor walks over a line of JSON without building anything.
type cursor struct {
	data []byte
	at   int
}

func (c *cursor) space() {
	for c.at < len(c.data) && (c.data[c.at] == ' ' || c.data[c.at] == '\t' || c.data[c.at] == '\r') {
		c.at++
	}
}

func (c *cursor) peek() byte {
	if c.at < len(c.data) {
		return c.data[c.at]
	}
	return 0
}

// str walks over a string and returns it with its quotes.
func (c *cursor) str() ([]byte, *flaw) {
	start := c.at
	if c.peek() != '"' {
		return nil, flawf(c.at, "", "text in double quotes was expected")
	}
	for c.at++; c.at < len(c.data); c.at++ {
		switch b := c.data[c.at]; {
		case b == '"':
			c.at++
			return c.data[start:c.at], nil
		case b == '\\':
			if f := c.escape(); f != nil {
				return nil, f
			}
		case b < 0x20:
			return nil, flawf(c.at, "", "the control character 0x%02x may not stand in a string", b)
		}
	}
	return nil, flawf(start, "was the line cut off?", "the string that opens here is not closed")
}

// escape walks to the last byte of an escape.
func (c *cursor) escape() *flaw {
	start := c.at
	c.at++
	b := c.peek()
	if b == 'u' {
		for range 4 {
			c.at++
			if h := c.peek(); (h < '0' || h > '9') && (h|0x20 < 'a' || h|0x20 > 'f') {
				return flawf(start, "", "\\u needs four hexadecimal digits")
			}
		}
		return nil
	}
	if bytes.IndexByte([]byte(`"\/bfnrt`), b) < 0 {
		return flawf(start, "", "this is no escape that JSON knows")
	}
	return nil
}

// value walks over any value and returns its bytes. Brackets must match; what stands between them is looked at when it
// is used.
func (c *cursor) value() ([]byte, *flaw) {
	start := c.at
	var open [source.MaxDepth]byte
	depth := 0
	for c.at < len(c.data) {
		switch b := c.data[c.at]; b {
		case '"':
			if _, f := c.str(); f != nil {
				return nil, f
			}
		case '{', '[':
			if depth == len(open) {
				return nil, flawf(c.at, "", "values nest deeper than %d levels", len(open))
			}
			open[depth] = b + 2 // in ASCII the closing bracket is two after the opening one
			depth++
			c.at++
		case '}', ']':
			if depth == 0 {
				return nil, flawf(c.at, "", "a value was expected, but here stands %q", b)
			}
			if depth--; open[depth] != b {
				return nil, flawf(c.at, "", "%q was expected, but here stands %q", open[depth], b)
			}
			c.at++
		case ' ', '\t', ':', ',':
			if depth == 0 {
				return nil, flawf(c.at, "", "a value was expected, but here stands %q", b)
			}
			c.at++
			continue
		default:
			if f := c.word(); f != nil {
				return nil, f
			}
		}
		if depth == 0 {
			return c.data[start:c.at], nil
		}
	}
	return nil, flawf(start, "was the line cut off?", "the value that opens here is not closed")
}

// word walks over a number, true, false or null.
func (c *cursor) word() *flaw {
	start := c.at
	for c.at < len(c.data) && bytes.IndexByte([]byte(`,:]}[{" `+"\t\r"), c.data[c.at]) < 0 {
		c.at++
	}
	switch text := string(c.data[start:c.at]); {
	case text == "true", text == "false", text == "null", source.ValidNumber(text):
		return nil
	}
	r, _ := utf8.DecodeRune(c.data[start:])
	return flawf(start, "", "a value was expected, but here stands %q", r)
}

// object walks over an object; member must take the value. No key may stand twice.
func (c *cursor) object(what string, member func(key []byte, at int) *flaw) *flaw {
	if c.peek() != '{' {
		return flawf(c.at, "", "%s must be an object", what)
	}
	c.at++
	var few [8][]byte
	seen := few[:0]
	for first := true; ; first = false {
		c.space()
		if c.peek() == '}' && first {
			c.at++
			return nil
		}
		at := c.at
		quoted, f := c.str()
		if f != nil {
			return f
		}
		key := inner(quoted)
		for _, s := range seen {
			if bytes.Equal(s, key) {
				return flawf(at, "delete one of them", "the key %q stands twice in %s", key, what)
			}
		}
		if seen = append(seen, key); len(seen) > 64 {
			return flawf(at, "", "%s has more members than any can have", what)
		}
		c.space()
		if c.peek() != ':' {
			return flawf(c.at, "", "a colon was expected after the key %q", key)
		}
		c.at++
		c.space()
		if f := member(key, at); f != nil {
			return f
		}
		c.space()
		switch c.peek() {
		case ',':
			c.at++
		case '}':
			c.at++
			return nil
		default:
			return flawf(c.at, "was the line cut off?", "a comma or %q was expected", "}")
		}
	}
}

// text decodes a string that str has walked over.
func text(quoted []byte) string { return string(inner(quoted)) }

// inner is text without a copy where there are no escapes.
func inner(quoted []byte) []byte {
	plain := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(plain, '\\') < 0 {
		return plain
	}
	var s string
	if json.Unmarshal(quoted, &s) != nil { // an escape that does not exist
		return plain
	}
	return []byte(s)
}
