package records

import (
	"hash/maphash"
	"strings"
)

// typeNo gives the number of an object type, a new one for a type that is new.
func (n *Names) typeNo(objectType string) uint32 {
	no, known := n.typeNos[objectType]
	if !known {
		objectType = strings.Clone(objectType) // it may be part of a whole record
		no = uint32(len(n.types))
		n.types = append(n.types, objectType)
		n.typeNos[objectType] = no
	}
	return no
}

// node gives the number of a record, a new one for a record that is new.
func (n *Names) node(objectType uint32, id []byte) int {
	if n.nodes.n >= len(n.slots)/4*3 {
		n.grow()
	}
	at, found := n.slot(objectType, id)
	if found {
		return int(n.slots[at]) - 1
	}
	i := n.nodes.add(node{idAt: n.text.add(id), idLen: uint32(len(id)), objectType: objectType})
	n.slots[at] = uint32(i) + 1
	return i
}

// call gives a record its name; from then on it counts as read.
func (n *Names) call(i int, name []byte) {
	x := n.nodes.at(i)
	x.named = uint32(len(name)) + 1
	if len(name) > 0 {
		x.nameAt = n.text.add(name)
	}
}

// find gives the number of a record that is there.
func (n *Names) find(objectType uint32, id []byte) (i int, found bool) {
	if len(n.slots) == 0 {
		return 0, false
	}
	at, found := n.slot(objectType, id)
	return int(n.slots[at]) - 1, found
}

// slot finds the slot of a record, or the free one where it belongs. There is always a free one.
func (n *Names) slot(objectType uint32, id []byte) (at int, found bool) {
	for at = n.home(objectType, maphash.Bytes(n.seed, id)); n.slots[at] != 0; at = (at + 1) & (len(n.slots) - 1) {
		x := n.nodes.at(int(n.slots[at]) - 1)
		if x.objectType == objectType && x.id(n) == string(id) {
			return at, true
		}
	}
	return at, false
}

// home is the slot where looking for a record begins. Records of different types often have the same id.
func (n *Names) home(objectType uint32, hash uint64) int {
	return int((hash + uint64(objectType)*0x9e3779b97f4a7c15) & uint64(len(n.slots)-1))
}

func (n *Names) grow() {
	n.slots = make([]uint32, max(64, 2*len(n.slots)))
	for i := range n.nodes.n {
		x := n.nodes.at(i)
		at := n.home(x.objectType, maphash.String(n.seed, x.id(n)))
		for n.slots[at] != 0 {
			at = (at + 1) & (len(n.slots) - 1)
		}
		n.slots[at] = uint32(i) + 1
	}
}

// pages are a list that grows without being copied, and that has no more room to spare than one page.
type pages[T any] struct {
	all [][]T
	n   int
}

const pageLen = 4096

// add gives the place of what was added.
func (p *pages[T]) add(v T) int {
	if p.n == len(p.all)*pageLen {
		room := pageLen
		if p.n == 0 {
			room = 16 // most portals have few records
		}
		p.all = append(p.all, make([]T, 0, room))
	}
	last := &p.all[len(p.all)-1]
	*last = append(*last, v)
	p.n++
	return p.n - 1
}

func (p *pages[T]) at(i int) *T { return &p.all[i/pageLen][i%pageLen] }

// arena holds texts one after the other in large blocks. What it gives stays valid: blocks are never moved.
type arena struct {
	full []string
	last *strings.Builder
}

const arenaBlock = 128 << 10

// add keeps a text and gives its place: the number of its block in the upper half, its offset in the lower.
func (a *arena) add(text []byte) uint64 {
	if a.last == nil || a.last.Cap()-a.last.Len() < len(text) {
		room := arenaBlock
		if a.last == nil {
			room = 1 << 10 // most portals have few records
		} else {
			a.full = append(a.full, a.last.String())
		}
		a.last = &strings.Builder{}
		a.last.Grow(max(room, len(text)))
	}
	place := uint64(len(a.full))<<32 | uint64(a.last.Len())
	a.last.Write(text) // never fails
	return place
}

// at gives a text by its place and length.
func (a *arena) at(place uint64, length uint32) string {
	block, offset := int(place>>32), place&(1<<32-1)
	if block == len(a.full) {
		return a.last.String()[offset : offset+uint64(length)]
	}
	return a.full[block][offset : offset+uint64(length)]
}

// trim gives back the room that is left. Nothing is added after it.
func (a *arena) trim() {
	if a.last != nil {
		a.full, a.last = append(a.full, strings.Clone(a.last.String())), nil
	}
}
