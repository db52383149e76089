package rewrite

import (
	"fmt"
	"strconv"
	"strings"

	"askflow/internal/source"
)

// Part is one step of a Path: a key of an object or an item of a list. Key and Item make them.
type Part struct {
	key   string
	index int
	item  bool
}

// Key goes to a member of an object.
func Key(name string) Part { return Part{key: name} }

// Item goes to an item of a list, counted from 0.
func Item(i int) Part { return Part{index: i, item: true} }

// Path leads from a document's root to a value.
type Path []Part

// String writes a path as messages do: steps[2].prompt.
func (p Path) String() string {
	var b strings.Builder
	for _, part := range p {
		switch {
		case part.item:
			b.WriteString("[" + strconv.Itoa(part.index) + "]")
		case b.Len() > 0:
			b.WriteString("." + part.key)
		default:
			b.WriteString(part.key)
		}
	}
	if b.Len() == 0 {
		return "the document"
	}
	return b.String()
}

// with is a longer path that shares nothing with p.
func (p Path) with(parts ...Part) Path {
	return append(append(make(Path, 0, len(p)+len(parts)), p...), parts...)
}

// At finds the value that a path leads to, nil where there is none.
func (p Path) At(root *source.Node) *source.Node {
	n := root
	for _, part := range p {
		switch {
		case n == nil:
			return nil
		case !part.item:
			n = n.Get(part.key)
		case n.Kind != source.Array || part.index < 0 || part.index >= len(n.Items):
			return nil
		default:
			n = n.Items[part.index]
		}
	}
	return n
}

// editor is what the changes of a workflow need: a document, as text or as a bare tree.
type editor interface {
	// Root is the document's value as it is now.
	Root() *source.Node
	// Set replaces a value.
	Set(at Path, value *source.Node) error
	// InsertKey adds a key to the object at the path, behind the key after, or as the first one.
	InsertKey(at Path, key string, value *source.Node, after string) error
	// InsertItem adds an item to the list at the path.
	InsertItem(at Path, index int, value *source.Node) error
	// Remove takes out a key or an item.
	Remove(at Path) error
}

// tree is an editor of values alone.
type tree struct{ root *source.Node }

func (t *tree) Root() *source.Node { return t.root }

func missing(at Path) error { return fmt.Errorf("there is no %s in this document", at) }

func (t *tree) Set(at Path, value *source.Node) error {
	if at.At(t.root) == nil {
		return missing(at)
	}
	if len(at) == 0 {
		t.root = value
		return nil
	}
	parent, last := at[:len(at)-1].At(t.root), at[len(at)-1]
	if last.item {
		parent.Items[last.index] = value
		return nil
	}
	parent.Set(last.key, value)
	return nil
}

func (t *tree) InsertKey(at Path, key string, value *source.Node, after string) error {
	n := at.At(t.root)
	if n == nil {
		return missing(at)
	}
	if n.Kind != source.Object && n.Kind != source.Null {
		return fmt.Errorf("%s is %s; a key can be put into an object only", at, n.Kind)
	}
	if n.Get(key) != nil {
		return fmt.Errorf("%s has the key %q already", at, key)
	}
	place := 0
	if after != "" {
		place = memberIndex(n, after) + 1
		if place == 0 {
			return missing(at.with(Key(after)))
		}
	}
	n.Kind = source.Object
	members := append([]source.Member{}, n.Members[:place]...)
	members = append(members, source.Member{Key: key, Value: value})
	n.Members = append(members, n.Members[place:]...)
	return nil
}

func memberIndex(n *source.Node, key string) int {
	for i, m := range n.Members {
		if m.Key == key {
			return i
		}
	}
	return -1
}

func (t *tree) InsertItem(at Path, index int, value *source.Node) error {
	n := at.At(t.root)
	if n == nil {
		return missing(at)
	}
	if n.Kind != source.Array && n.Kind != source.Null {
		return fmt.Errorf("%s is %s; an item can be put into a list only", at, n.Kind)
	}
	if index < 0 || index > len(n.Items) {
		return missing(at.with(Item(index)))
	}
	n.Kind = source.Array
	items := append([]*source.Node{}, n.Items[:index]...)
	items = append(items, value)
	n.Items = append(items, n.Items[index:]...)
	return nil
}

func (t *tree) Remove(at Path) error {
	if len(at) == 0 || at.At(t.root) == nil {
		return missing(at)
	}
	parent, last := at[:len(at)-1].At(t.root), at[len(at)-1]
	if last.item {
		parent.Items = append(parent.Items[:last.index:last.index], parent.Items[last.index+1:]...)
		return nil
	}
	parent.Delete(last.key)
	return nil
}

// same compares two values as source.Equal does, and the order of members too.
func same(a, b *source.Node) bool { return source.Equal(a, b) && sameOrder(a, b) }

func sameOrder(a, b *source.Node) bool {
	if a == nil {
		return true
	}
	for i, m := range a.Members {
		if b.Members[i].Key != m.Key || !sameOrder(m.Value, b.Members[i].Value) {
			return false
		}
	}
	for i, it := range a.Items {
		if !sameOrder(it, b.Items[i]) {
			return false
		}
	}
	return true
}
