package records

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"strconv"
)

// idSet remembers where each record id stood. HubSpot's ids are numbers: they cost 12 bytes a slot, and two thirds to
// four fifths of the slots are in use. Other ids are kept as text.
type idSet struct {
	keys   []uint64 // id + 1; 0 is a free slot
	places []uint32
	used   int
	seed   uint64 // so that no file can be made to collide
	other  map[string]uint32
}

func newIDSet() *idSet { return &idSet{seed: rand.Uint64(), other: map[string]uint32{}} }

// add remembers an id, or tells where it stood before.
func (s *idSet) add(id []byte, place uint32) (before uint32, twice bool) {
	n, ok := numericID(id)
	if !ok {
		if before, twice = s.other[string(id)]; !twice {
			s.other[string(id)] = place
		}
		return before, twice
	}
	if s.used >= len(s.keys)/5*4 {
		s.grow()
	}
	at := s.find(n + 1)
	if s.keys[at] != 0 {
		return s.places[at], true
	}
	s.keys[at], s.places[at] = n+1, place
	s.used++
	return 0, false
}

// find gives the slot of a key, or the free one where it belongs.
func (s *idSet) find(key uint64) int {
	h := key ^ s.seed
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	h ^= h >> 31
	hi, _ := bits.Mul64(h, uint64(len(s.keys)))
	at := int(hi)
	for s.keys[at] != 0 && s.keys[at] != key {
		if at++; at == len(s.keys) {
			at = 0
		}
	}
	return at
}

func (s *idSet) grow() {
	keys, places := s.keys, s.places
	size := max(1024, len(keys)+len(keys)/4)
	s.keys, s.places = make([]uint64, size), make([]uint32, size)
	for i, k := range keys {
		if k != 0 {
			at := s.find(k)
			s.keys[at], s.places[at] = k, places[i]
		}
	}
}

// numericID reads an id that is a number in its only spelling.
func numericID(id []byte) (uint64, bool) {
	if len(id) == 0 || len(id) > 19 || id[0] == '0' && len(id) > 1 || !allDigits(id) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(id), 10, 64)
	return n, err == nil && n < math.MaxUint64
}
