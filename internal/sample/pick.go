package sample

import (
	"container/heap"
	"slices"
	"sort"
	"strings"
	"time"

	"askflow/internal/hubspot"
)

// Options decide what is picked.
type Options struct {
	// Properties are looked at for their shapes.
	Properties []hubspot.Property
	// Ways are the ways through workflows that count.
	Ways []*Ways
	// Size is how many records are picked.
	Size int
	// Seed decides which records fill up the size.
	Seed int64
	// Now is where past and future meet.
	Now time.Time
}

const (
	// maxFeatures is how many features are told apart; it bounds the memory.
	maxFeatures = 20_000
	// maxOptions is how many options of one enumeration are told apart.
	maxOptions = 300
	// spare is how many records are remembered for each feature: the more, the fewer are needed together.
	spare = 4
	// maxRemembered is how many features of remembered records are kept at once.
	maxRemembered = 4_000_000
	// richest is how many records with the most features are remembered.
	richest = 64
)

// Feature is something that some of the records have: a shape of a property's value, an option, a branch of a workflow.
type Feature struct {
	// Property is "" for the ways through a workflow, Workflow is "" for properties.
	Property string `json:"property,omitempty"`
	Workflow string `json:"workflow,omitempty"`
	// What is the feature in a few words. It may hold an option, a branch's name or a reason, which are data.
	What string `json:"what"`
	// Records is how many records have it.
	Records int64 `json:"records"`
}

// Chosen is a record that was picked.
type Chosen struct {
	// Place is the record's among all records, from 0.
	Place int64
	// For are the features that it was chosen for, those that no earlier choice has; none for one that fills up the size.
	For []Feature
}

// Pick is what was picked.
type Pick struct {
	// Records is how many there are in all.
	Records int64
	// Chosen are in the order of the export.
	Chosen []Chosen
	// Covered is how many features the chosen records have; Missing are the others, for which there was no room.
	Covered int
	Missing []Feature
	// Untold is how many times a feature was met that is not told apart from others any more.
	Untold int64
}

// Picker sees every record once and picks some. Its memory does not grow with the number of records.
type Picker struct {
	opt        Options
	features   []Feature
	untold     int64
	records    int64
	shaped     [][shapes]int32    // by property: number of the feature + 1
	choices    []map[string]int32 // by property: the same, by option
	ways       []map[uint32][]int32
	byWay      []map[string]int32
	holders    [][]int64         // by feature: the first places that have it
	kept       map[int64][]int32 // the features of remembered places
	rich       []int64           // places with the most features, most first
	remembered int               // how many features kept holds
	reservoir  reservoir
	now        []int32 // features of the record being looked at
}

// NewPicker makes a picker.
func NewPicker(opt Options) *Picker {
	p := &Picker{opt: opt, kept: map[int64][]int32{}, reservoir: reservoir{size: opt.Size, seed: uint64(opt.Seed)}}
	p.shaped = make([][shapes]int32, len(opt.Properties))
	p.choices = make([]map[string]int32, len(opt.Properties))
	for i := range p.choices {
		p.choices[i] = map[string]int32{}
	}
	for range opt.Ways {
		p.ways = append(p.ways, map[uint32][]int32{})
		p.byWay = append(p.byWay, map[string]int32{})
	}
	return p
}

// Add looks at the next record.
func (p *Picker) Add(rec *hubspot.Record) {
	place := p.records
	p.records++
	p.now = p.now[:0]
	for i := range p.opt.Properties {
		prop := &p.opt.Properties[i]
		value := rec.Get(prop.Name)
		shapesOf(prop, value, p.opt.Now, func(s shape) { p.shape(i, s) })
		if value != "" && (prop.Type == hubspot.TypeEnumeration || prop.Type == hubspot.TypeBool) {
			p.options(i, prop, value)
		}
	}
	for i, w := range p.opt.Ways {
		p.way(i, w, place)
	}
	for _, f := range p.now {
		p.features[f].Records++
	}
	p.remember(place)
	p.reservoir.add(place, rec.ID)
}

func (p *Picker) shape(i int, s shape) {
	n := p.shaped[i][s]
	if n == 0 {
		if n = p.feature(Feature{Property: p.opt.Properties[i].Name, What: s.String()}); n == 0 {
			return
		}
		p.shaped[i][s] = n
	}
	p.now = append(p.now, n-1)
}

// options counts each choice of an enumeration.
func (p *Picker) options(i int, prop *hubspot.Property, value string) {
	choices := p.choices[i]
	for value != "" {
		one := value
		if value = ""; prop.Multiple {
			one, value, _ = strings.Cut(one, ";")
		}
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		if len(prop.Options) > 0 && !slices.ContainsFunc(prop.Options, func(o hubspot.Option) bool { return o.Value == one }) {
			if f := p.shaped[i][noOption]; f == 0 || !slices.Contains(p.now, f-1) {
				p.shape(i, noOption)
			}
			continue
		}
		n := choices[one]
		if n == 0 {
			if len(choices) >= maxOptions || len(one) > longestName {
				p.untold++
				continue
			}
			if n = p.feature(Feature{Property: prop.Name, What: "is " + strings.Clone(one)}); n == 0 {
				continue
			}
			choices[strings.Clone(one)] = n
		}
		if !slices.Contains(p.now, n-1) {
			p.now = append(p.now, n-1)
		}
	}
}

// way counts what a record's way through a workflow shows.
func (p *Picker) way(i int, w *Ways, place int64) {
	n, path := w.at(place)
	found, known := p.ways[i][n]
	if !known {
		for _, what := range path {
			f := p.byWay[i][what]
			if f == 0 {
				if f = p.feature(Feature{Workflow: w.Workflow, What: what}); f == 0 {
					continue
				}
				p.byWay[i][what] = f
			}
			found = append(found, f-1)
		}
		p.ways[i][n] = found
	}
	p.now = append(p.now, found...)
}

// feature makes a new one and gives its number + 1, 0 when there are too many.
func (p *Picker) feature(f Feature) int32 {
	if len(p.features) == maxFeatures {
		p.untold++
		return 0
	}
	p.features = append(p.features, f)
	p.holders = append(p.holders, nil)
	return int32(len(p.features))
}

// remember keeps the record's features when it is among the first to have one of them, or has more than most. When that is
// a lot already, it keeps those alone that the record is the first to have.
func (p *Picker) remember(place int64) {
	if p.remembered > maxRemembered {
		var first []int32
		for _, f := range p.now {
			if len(p.holders[f]) == 0 {
				p.holders[f] = append(p.holders[f], place)
				first = append(first, f)
			}
		}
		if len(first) > 0 {
			p.kept[place] = first
		}
		return
	}
	keep := false
	for _, f := range p.now {
		if len(p.holders[f]) < spare {
			p.holders[f] = append(p.holders[f], place)
			keep = true
		}
	}
	n := len(p.now)
	if len(p.rich) < richest || n > len(p.kept[p.rich[len(p.rich)-1]]) {
		at := sort.Search(len(p.rich), func(i int) bool { return len(p.kept[p.rich[i]]) < n })
		p.rich = slices.Insert(p.rich, at, place)
		keep = true
	}
	if keep {
		p.kept[place] = slices.Clone(p.now)
		p.remembered += n
	}
	if len(p.rich) > richest {
		last := p.rich[richest]
		p.rich = p.rich[:richest]
		if !p.holds(last) {
			p.remembered -= len(p.kept[last])
			delete(p.kept, last)
		}
	}
}

// holds tells whether a place is remembered for one of its features.
func (p *Picker) holds(place int64) bool {
	for _, f := range p.kept[place] {
		if slices.Contains(p.holders[f], place) {
			return true
		}
	}
	return false
}

// Pick chooses: as long as there is room, the record that has most of what no other has yet, ways through workflows before
// shapes, the earliest where several do; then records by chance.
func (p *Picker) Pick() *Pick {
	out := &Pick{Records: p.records, Untold: p.untold}
	for _, w := range p.opt.Ways {
		out.Untold += w.Untold
	}
	covered := make([]bool, len(p.features))
	queue := &gains{}
	for place, features := range p.kept {
		ways, all := p.gain(features, covered)
		*queue = append(*queue, gain{ways: ways, all: all, place: place})
	}
	heap.Init(queue)
	taken := map[int64]bool{}
	for len(*queue) > 0 && len(out.Chosen) < p.opt.Size {
		best := heap.Pop(queue).(gain)
		features := p.kept[best.place]
		ways, all := p.gain(features, covered)
		if all == 0 {
			continue
		}
		if ways != best.ways || all != best.all { // others have some of it meanwhile
			heap.Push(queue, gain{ways: ways, all: all, place: best.place})
			continue
		}
		one := Chosen{Place: best.place}
		for _, f := range features {
			if !covered[f] {
				covered[f] = true
				one.For = append(one.For, p.features[f])
			}
		}
		out.Covered += len(one.For)
		taken[best.place] = true
		out.Chosen = append(out.Chosen, one)
	}
	for _, place := range p.reservoir.drawn() {
		if len(out.Chosen) < p.opt.Size && !taken[place] {
			out.Chosen = append(out.Chosen, Chosen{Place: place})
		}
	}
	slices.SortFunc(out.Chosen, func(a, b Chosen) int { return int(a.Place - b.Place) })
	for i, f := range p.features {
		if !covered[i] {
			out.Missing = append(out.Missing, f)
		}
	}
	return out
}

// gain is how much of what is not covered yet a record has.
func (p *Picker) gain(features []int32, covered []bool) (ways, all int) {
	for _, f := range features {
		if !covered[f] {
			all++
			if p.features[f].Workflow != "" {
				ways++
			}
		}
	}
	return ways, all
}

// gains is a queue of records, the best one first.
type gains []gain

type gain struct {
	ways, all int
	place     int64
}

func (g gains) Len() int      { return len(g) }
func (g gains) Swap(i, j int) { g[i], g[j] = g[j], g[i] }
func (g gains) Less(i, j int) bool {
	a, b := g[i], g[j]
	switch {
	case a.ways != b.ways:
		return a.ways > b.ways
	case a.all != b.all:
		return a.all > b.all
	}
	return a.place < b.place
}

// Push is heap's.
func (g *gains) Push(x any) { *g = append(*g, x.(gain)) }

// Pop is heap's.
func (g *gains) Pop() any {
	last := len(*g) - 1
	x := (*g)[last]
	*g = (*g)[:last]
	return x
}
