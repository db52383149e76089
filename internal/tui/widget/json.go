package widget

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Tree is JSON that was read. Numbers, and members that occur twice, are as they were written.
type Tree struct {
	nodes []node
	// Problem says why the text is no JSON, "" when it is.
	Problem string
	// Cut tells that there is more than a tree holds.
	Cut bool
}

type kind uint8

const (
	object kind = iota
	array
	str
	number
	boolean
	null
)

// node is one value; the members of an object and the items of an array follow it.
type node struct {
	key    string
	value  string // of scalars
	depth  int32
	count  int32 // members or items
	end    int32 // the node behind the last that lies within
	parent int32
	index  int32 // within an array; -1 elsewhere
	kind   kind
	folded bool
}

func (n *node) holds() bool { return n.kind <= array }

// mostNodes bounds what a tree holds, so that any text costs a bounded amount of memory.
const mostNodes = 300_000

// PrepareJSON reads JSON; for use inside a Load where the text is large.
func PrepareJSON(raw string) *Tree {
	t := &Tree{}
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	if err := t.read(d); err != nil {
		return &Tree{Problem: notJSON(raw, err)}
	}
	if !t.Cut {
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return &Tree{Problem: notJSON(raw, err)}
		}
	}
	t.foldDeep()
	return t
}

// read reads one value and all within it.
func (t *Tree) read(d *json.Decoder) error {
	open, key, named := int32(-1), "", false
	for {
		token, err := d.Token()
		if err != nil {
			return err
		}
		if delim, is := token.(json.Delim); is && (delim == '}' || delim == ']') {
			t.nodes[open].end = int32(len(t.nodes))
			if open = t.nodes[open].parent; open < 0 {
				return nil
			}
			continue
		}
		if open >= 0 && t.nodes[open].kind == object && !named {
			key, _ = token.(string)
			named = true
			continue
		}
		if len(t.nodes) >= mostNodes {
			t.close(open)
			return nil
		}
		at := t.add(open, key, token)
		key, named = "", false
		if t.nodes[at].holds() {
			open = at
		} else if open < 0 {
			return nil
		}
	}
}

// add adds a value to the object or array that is open.
func (t *Tree) add(open int32, key string, token json.Token) int32 {
	at := int32(len(t.nodes))
	n := node{key: key, parent: open, end: at + 1, index: -1}
	switch v := token.(type) {
	case json.Delim:
		n.kind = object
		if v == '[' {
			n.kind = array
		}
	case string:
		n.kind, n.value = str, v
	case json.Number:
		n.kind, n.value = number, v.String()
	case bool:
		n.kind, n.value = boolean, strconv.FormatBool(v)
	default:
		n.kind, n.value = null, "null"
	}
	if open >= 0 {
		p := &t.nodes[open]
		n.depth = p.depth + 1
		if p.kind == array {
			n.index = p.count
		}
		p.count++
	}
	t.nodes = append(t.nodes, n)
	return at
}

// close ends a tree that became too large.
func (t *Tree) close(open int32) {
	t.Cut = true
	for ; open >= 0; open = t.nodes[open].parent {
		t.nodes[open].end = int32(len(t.nodes))
	}
}

// foldDeep folds what lies deep in a large tree.
func (t *Tree) foldDeep() {
	const small, deep = 200, 2
	if len(t.nodes) <= small {
		return
	}
	for i := range t.nodes {
		t.nodes[i].folded = t.nodes[i].holds() && t.nodes[i].depth >= deep
	}
}

func notJSON(raw string, err error) string {
	if strings.TrimSpace(raw) == "" {
		return "There is no text, so there is no JSON in it."
	}
	var value json.RawMessage
	if all := json.Unmarshal([]byte(raw), &value); all != nil { // says for every mistake alike where it is
		err = all
	}
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax) && int(syntax.Offset) < len(raw):
		return "This is no JSON: " + where(raw, syntax.Offset) + " " + syntax.Error() + "."
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax) && strings.Contains(syntax.Error(), "unexpected end"):
		return "This is no JSON: it ends in the middle of a value."
	case err == nil:
		return "This is no JSON: something follows after the value."
	}
	return "This is no JSON: " + err.Error() + "."
}

func where(raw string, offset int64) string {
	before := raw[:max(0, min(int(offset)-1, len(raw)))]
	line := strings.Count(before, "\n") + 1
	return fmt.Sprintf("in line %d, column %d,", line, len(before)-strings.LastIndexByte(before, '\n'))
}

// path names a node: $.choices[0].text.
func (t *Tree) path(at int32) string {
	parts := []string{}
	for ; at >= 0; at = t.nodes[at].parent {
		n := &t.nodes[at]
		switch {
		case n.parent < 0:
			parts = append(parts, "$")
		case n.index >= 0:
			parts = append(parts, "["+strconv.Itoa(int(n.index))+"]")
		case plainKey(n.key):
			parts = append(parts, "."+n.key)
		default:
			parts = append(parts, "["+quote(n.key)+"]")
		}
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
	}
	return b.String()
}

func plainKey(s string) bool {
	for _, c := range s {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil { // a string always encodes
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// write gives a node as JSON with indentation.
func (t *Tree) write(at int32) string {
	var b strings.Builder
	for i := at; i < t.nodes[at].end; i++ {
		n := &t.nodes[i]
		indent := strings.Repeat("  ", int(n.depth-t.nodes[at].depth))
		if i > at {
			if i > n.parent+1 {
				b.WriteString(",")
			}
			b.WriteString("\n" + indent)
			if n.index < 0 {
				b.WriteString(quote(n.key) + ": ")
			}
		}
		t.writeOne(&b, at, i)
	}
	return b.String()
}

func (t *Tree) writeOne(b *strings.Builder, at, i int32) {
	n := &t.nodes[i]
	switch {
	case n.kind == str:
		b.WriteString(quote(n.value))
	case !n.holds():
		b.WriteString(n.value)
	case n.kind == object:
		b.WriteString("{")
	default:
		b.WriteString("[")
	}
	// Close whatever ends here: the node itself when it is empty, and all around it.
	for up := i; up >= at && up >= 0 && t.nodes[up].end == i+1; up = t.nodes[up].parent {
		if u := &t.nodes[up]; u.holds() {
			if u.end > up+1 {
				b.WriteString("\n" + strings.Repeat("  ", int(u.depth-t.nodes[at].depth)))
			}
			b.WriteString(map[kind]string{object: "}", array: "]"}[u.kind])
		}
	}
}
