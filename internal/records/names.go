package records

import (
	"bytes"
	"context"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// Names knows what the records of a portal are called and which of them name which as associated, and nothing else. It
// holds neither pointers nor allocations for each of them, so that millions cost the garbage collector nothing: about 45
// bytes a record and 8 a link, beside the bytes of ids and names. It does not change after loading, so any number of
// goroutines may read it.
type Names struct {
	types   []string // object types, by the number that nodes have
	typeNos map[string]uint32
	kinds   []linkKind // of links, by the number that links have

	// nodes are the records read, and those that they name. There are fewer than 1<<32: more would fill 100 GB.
	nodes pages[node]
	text  arena
	// slots are an open-addressing hash table of nodes, each as its number plus 1; 0 is free. Their number is a power of 2.
	slots []uint32
	seed  maphash.Seed // so that no file can be made to collide

	// links are sorted by where they lead, and then as they were read.
	links []link
}

// node is a record that was read, or one that is only named.
type node struct {
	idAt, nameAt uint64 // in the arena
	idLen        uint32
	// named is the length of the name plus 1, 0 for a record that was not read.
	named      uint32
	objectType uint32
	// linkEnd is where the links that lead here end in Names.links; they begin where those of the node before end.
	linkEnd uint32
}

func (x *node) id(n *Names) string { return n.text.at(x.idAt, x.idLen) }

// link says that a record names the one under which the link stands.
type link struct{ from, kind uint32 }

// linkKind is what an association says beside the two records.
type linkKind struct {
	hubspot.AssociationType
	label string
}

// LoadNames reads the files of all given object types, by object type name, and keeps what the records are called and
// what they are associated with. The names are never nil; do not use them when the problems hold an error.
func LoadNames(ctx context.Context, schema hubspot.Schema, files map[string][]File, users []hubspot.User) (*Names, source.Problems) {
	n := &Names{typeNos: map[string]uint32{}, seed: maphash.MakeSeed()}
	l := namesLoader{names: n, kinds: map[linkKind]uint32{}}
	var problems source.Problems
	for _, t := range slices.Sorted(maps.Keys(files)) {
		l.begin(t)
		_, found := scan(ctx, t, files[t], Options{Properties: schema.Of(t), Users: users}, l.add)
		problems = append(problems, found...)
	}
	l.finish()
	return n, problems
}

// name gives a record's name, its id when it has no other.
func (n *Names) name(key recordKey) (name string, found bool) {
	t, known := n.typeNos[key.objectType]
	if !known {
		return "", false
	}
	i, found := n.find(t, []byte(key.id))
	if !found {
		return "", false
	}
	switch x := n.nodes.at(i); x.named {
	case 0:
		return "", false
	case 1:
		return x.id(n), true
	default:
		return n.text.at(x.nameAt, x.named-1), true
	}
}

// linksTo gives the links that lead to a record, in the order in which they were read.
func (n *Names) linksTo(rec *hubspot.Record) []link {
	t, known := n.typeNos[rec.ObjectType]
	if !known {
		return nil
	}
	i, found := n.find(t, []byte(rec.ID))
	if !found {
		return nil
	}
	start := uint32(0)
	if i > 0 {
		start = n.nodes.at(i - 1).linkEnd
	}
	return n.links[start:n.nodes.at(i).linkEnd]
}

// namesLoader fills Names. Its buffers serve one row after the other.
type namesLoader struct {
	names      *Names
	objectType string
	typeNo     uint32
	columns    *hubspot.Columns // the file's columns that groups was made for
	groups     [][]int          // columns of the object type's display properties
	kinds      map[linkKind]uint32
	links      pages[readLink] // as they were read
	id, name   []byte
}

type readLink struct{ from, to, kind uint32 }

func (l *namesLoader) begin(objectType string) {
	l.objectType, l.typeNo, l.columns = objectType, l.names.typeNo(objectType), nil
}

// add takes what is of use in a row.
func (l *namesLoader) add(r *row) {
	from := l.names.node(l.typeNo, r.idBytes())
	l.names.call(from, l.nameOf(r))
	for _, a := range r.associations {
		l.id = append(l.id[:0], a.RecordID...)
		l.link(from, a.ObjectType, l.id, linkKind{a.Type(), a.Label})
	}
	for _, c := range r.cells {
		kind := linkKind{hubspot.AssociationType{ID: c.to.typeID}, c.to.label}
		for id, rest := nextID(r.text[c.start:c.end]); len(id) > 0; id, rest = nextID(rest) {
			l.link(from, c.to.objectType, id, kind)
		}
	}
}

// nextID cuts the first id off a list of ids, none when there is no more.
func nextID(list []byte) (id, rest []byte) {
	for len(list) > 0 && separatesIDs(list[0]) {
		list = list[1:]
	}
	end := 0
	for end < len(list) && !separatesIDs(list[end]) {
		end++
	}
	return list[:end], list[end:]
}

func (l *namesLoader) link(from int, objectType string, id []byte, kind linkKind) {
	no, known := l.kinds[kind]
	if !known {
		no = uint32(len(l.names.kinds))
		kind.Category, kind.label = strings.Clone(kind.Category), strings.Clone(kind.label) // they may be parts of a whole record
		l.kinds[kind] = no
		l.names.kinds = append(l.names.kinds, kind)
	}
	l.links.add(readLink{uint32(from), uint32(l.names.node(l.names.typeNo(objectType), id)), no})
}

// nameOf is what Record.Name would say, "" in place of the id. It is valid until the next call.
func (l *namesLoader) nameOf(r *row) []byte {
	if l.columns != r.columns {
		l.columns, l.groups = r.columns, displayColumns(l.objectType, r.columns)
	}
	l.name = l.name[:0]
	for _, group := range l.groups {
		for _, at := range group {
			start := 0
			if at > 0 {
				start = r.ends[at-1]
			}
			part := bytes.TrimSpace(r.text[start:r.ends[at]])
			if len(part) > 0 && len(l.name) > 0 {
				l.name = append(l.name, ' ')
			}
			l.name = append(l.name, part...)
		}
		if len(l.name) > 0 {
			break
		}
	}
	return l.name
}

// displayColumns finds the columns that name records, in their groups.
func displayColumns(objectType string, columns *hubspot.Columns) [][]int {
	t, _ := hubspot.LookupObjectType(objectType)
	groups := make([][]int, len(t.DisplayProperties))
	for i, group := range t.DisplayProperties {
		for _, name := range group {
			if at, ok := columns.Index(name); ok {
				groups[i] = append(groups[i], at)
			}
		}
	}
	return groups
}

// finish sorts the links by where they lead, in two passes over them: counting, and putting each in its place.
func (l *namesLoader) finish() {
	n := l.names
	for i := range l.links.n {
		n.nodes.at(int(l.links.at(i).to)).linkEnd++
	}
	start := uint32(0)
	for i := range n.nodes.n {
		x := n.nodes.at(i)
		x.linkEnd, start = start, start+x.linkEnd
	}
	n.links = make([]link, l.links.n)
	for i := range l.links.n { // each node's linkEnd moves from the beginning of its links to their end
		read := l.links.at(i)
		x := n.nodes.at(int(read.to))
		n.links[x.linkEnd] = link{read.from, read.kind}
		x.linkEnd++
	}
	n.text.trim()
}
