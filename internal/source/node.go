// Package source reads text files that people and portals write (JSON and YAML) into one tree that remembers where
// everything stood, so that every later complaint can name file, line and column.
//
// Scalars keep their text as written: 012 stays 012 and 1.10 stays 1.10. Nothing is converted before somebody who knows
// what the value means asks for it.
package source

// Kind tells what a Node is.
type Kind uint8

// The kinds of node, JSON's own.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// String names the kind as messages do.
func (k Kind) String() string {
	switch k {
	case Bool:
		return "true or false"
	case Number:
		return "a number"
	case String:
		return "text"
	case Array:
		return "a list"
	case Object:
		return "an object"
	default:
		return "null"
	}
}

// Pos is a place in a file: 1-based line and column (columns count characters). The zero Pos means unknown.
type Pos struct {
	Line int
	Col  int
}

// Node is one value of a document.
type Node struct {
	Kind Kind
	Pos  Pos
	// Text is the decoded text of a String, and Number and Bool exactly as written. A YAML scalar that is not a valid
	// JSON number (012, 1_000, 0x1F, a timestamp) is a String.
	Text string
	// Members are an Object's, in document order, keys unique.
	Members []Member
	// Items are an Array's.
	Items []*Node
	// Quoted tells that a YAML scalar stood in quotes or in a block, so that "12" stays text.
	Quoted bool
}

// Member is one key and its value.
type Member struct {
	Key    string
	KeyPos Pos
	Value  *Node
}

// Get returns the member's value, or nil where n is no object or has no such member.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Members {
		if n.Members[i].Key == key {
			return n.Members[i].Value
		}
	}
	return nil
}

// Set replaces or appends a member.
func (n *Node) Set(key string, value *Node) {
	for i := range n.Members {
		if n.Members[i].Key == key {
			n.Members[i].Value = value
			return
		}
	}
	n.Members = append(n.Members, Member{Key: key, KeyPos: value.Pos, Value: value})
}

// Delete removes a member if it is there.
func (n *Node) Delete(key string) {
	for i := range n.Members {
		if n.Members[i].Key == key {
			n.Members = append(n.Members[:i:i], n.Members[i+1:]...)
			return
		}
	}
}

// Clone copies the tree.
func (n *Node) Clone() *Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Members = nil
	c.Items = nil
	if n.Members != nil {
		c.Members = make([]Member, len(n.Members))
		for i, m := range n.Members {
			c.Members[i] = Member{Key: m.Key, KeyPos: m.KeyPos, Value: m.Value.Clone()}
		}
	}
	if n.Items != nil {
		c.Items = make([]*Node, len(n.Items))
		for i, it := range n.Items {
			c.Items[i] = it.Clone()
		}
	}
	return &c
}

// IsScalar tells whether n is text, a number or a truth value.
func (n *Node) IsScalar() bool {
	return n != nil && (n.Kind == String || n.Kind == Number || n.Kind == Bool)
}

// NewString makes a text node.
func NewString(text string, pos Pos) *Node { return &Node{Kind: String, Text: text, Pos: pos} }

// NewNumber makes a number node from text that is a valid JSON number.
func NewNumber(text string, pos Pos) *Node { return &Node{Kind: Number, Text: text, Pos: pos} }

// NewBool makes a truth value.
func NewBool(v bool, pos Pos) *Node {
	text := "false"
	if v {
		text = "true"
	}
	return &Node{Kind: Bool, Text: text, Pos: pos}
}

// NewObject makes an empty object.
func NewObject(pos Pos) *Node { return &Node{Kind: Object, Pos: pos} }

// NewArray makes a list.
func NewArray(pos Pos, items ...*Node) *Node { return &Node{Kind: Array, Pos: pos, Items: items} }

// Equal compares meaning: member order does not count, positions do not count, numbers compare as written.
func Equal(a, b *Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Items) != len(b.Items) || len(a.Members) != len(b.Members) {
		return false
	}
	for i := range a.Items {
		if !Equal(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for _, m := range a.Members {
		other := b.Get(m.Key)
		if other == nil || !Equal(m.Value, other) {
			return false
		}
	}
	return true
}
