package rewrite

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"askflow/internal/source"
)

// remove plans that a key or an item goes.
func (y *yamlText) remove(at Path, e emitter) ([]edit, error) {
	s, err := y.find(at)
	if err != nil {
		return nil, err
	}
	p := s.parent
	if p == nil || p.bare {
		return nil, fmt.Errorf("%s cannot be taken out", at)
	}
	start := s.p.start
	switch {
	case len(p.keys) > 0:
		start = p.keys[s.index].start
	case !p.flow:
		start = p.dashes[s.index]
	}
	end := y.valueEnd(p, s.index)
	switch {
	case p.flow:
		return y.removeFlow(p, s.index, start, end), nil
	case len(p.values) == 1:
		return y.empty(at[:len(at)-1], p, e)
	}
	return y.removeLines(p, s.index, start, end), nil
}

// empty plans that a collection has nothing in it any more.
func (y *yamlText) empty(at Path, p *piece, e emitter) ([]edit, error) {
	empty := source.NewObject(source.Pos{})
	if p.kind == yaml.SequenceNode {
		empty = source.NewArray(source.Pos{})
	}
	if len(at) == 0 {
		return []edit{{p.start, p.end, flowText(empty)}}, nil
	}
	return y.set(at, empty, e)
}

// removeLines takes the lines of a member or an item, and the comments inside of it.
func (y *yamlText) removeLines(p *piece, index, start, end int) []edit {
	first, last := y.line(start), y.line(y.tailEnd(end, p.col))
	if strings.TrimSpace(y.text[y.lines[first].start:start]) != "" { // behind a dash
		next := y.lines[last].next
		for next < len(y.text) && y.text[next] == ' ' {
			next++
		}
		return []edit{{start, next, ""}}
	}
	if first == 0 {
		return []edit{{0, y.lines[last].next, ""}}
	}
	if index > 0 && y.blank(first-1) && y.blank(last+1) && last+1 < len(y.lines)-1 && !y.keeps(p.values[index-1]) {
		first-- // one empty line is enough
	}
	return []edit{{y.lines[first-1].end, y.lines[last].end, ""}}
}

// removeFlow takes a member or item and one comma.
func (y *yamlText) removeFlow(p *piece, index, start, end int) []edit {
	if comma := y.space(end); y.at(comma) == ',' {
		end = comma + 1
		for y.at(end) == ' ' && index+1 < len(p.values) {
			end++
		}
		return []edit{{start, end, ""}}
	}
	if index == 0 {
		return []edit{{start, end, ""}}
	}
	comma := y.space(y.valueEnd(p, index-1))
	if y.at(comma) != ',' {
		return nil
	}
	if strings.TrimSpace(y.text[comma+1:start]) == "" {
		return []edit{{comma, end, ""}}
	}
	return []edit{{comma, comma + 1, ""}, {start, end, ""}}
}
