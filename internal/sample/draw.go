package sample

import (
	"container/heap"
	"hash/fnv"
	"slices"
	"strconv"
)

// reservoir draws records by chance: those whose ids, with the seed, give the lowest numbers. The order of the export does not matter.
type reservoir struct {
	size int
	seed uint64
	lots lots
}

// lot is a record's number; the id decides where two are equal.
type lot struct {
	number uint64
	place  int64
}

func (r *reservoir) add(place int64, id string) {
	h := fnv.New64a()
	_, _ = h.Write(strconv.AppendUint(nil, r.seed, 10)) // a hash takes everything
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(id))
	l := lot{scattered(h.Sum64()), place}
	if len(r.lots) < r.size {
		heap.Push(&r.lots, l)
		return
	}
	if r.size > 0 && l.before(r.lots[0]) {
		r.lots[0] = l
		heap.Fix(&r.lots, 0)
	}
}

// scattered makes numbers of similar texts unlike each other.
func scattered(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// drawn are the places that were drawn, the lowest number first.
func (r *reservoir) drawn() []int64 {
	all := slices.Clone(r.lots)
	slices.SortFunc(all, func(a, b lot) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	out := make([]int64, len(all))
	for i, l := range all {
		out[i] = l.place
	}
	return out
}

func (l lot) before(other lot) bool {
	return l.number < other.number || l.number == other.number && l.place < other.place
}

// lots is a heap with the highest number on top.
type lots []lot

func (l lots) Len() int           { return len(l) }
func (l lots) Less(i, j int) bool { return l[j].before(l[i]) }
func (l lots) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }

// Push is heap's.
func (l *lots) Push(x any) { *l = append(*l, x.(lot)) }

// Pop is heap's.
func (l *lots) Pop() any {
	last := len(*l) - 1
	x := (*l)[last]
	*l = (*l)[:last]
	return x
}
