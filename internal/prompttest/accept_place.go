package prompttest

import (
	"slices"

	"askflow/internal/rewrite"
	"askflow/internal/source"
)

// Scopes of a place that are no index of a case.
const (
	eachScope  = -1
	otherScope = -2
)

// located is where a value of the test stands.
type located struct {
	path  rewrite.Path
	scope int
}

// index finds the place of every value.
func (w *acceptor) index(n *source.Node, path rewrite.Path, scope int) {
	if n == nil {
		return
	}
	if _, twice := w.places[n]; !twice {
		w.places[n] = located{path, scope}
	}
	for _, m := range n.Members {
		inner := scope
		if len(path) == 0 && m.Key == "each" {
			inner = eachScope
		}
		if len(path) == 0 && m.Key == "cases" {
			for i, it := range m.Value.Items {
				w.index(it, below(path, rewrite.Key(m.Key), rewrite.Item(i)), i)
			}
			continue
		}
		w.index(m.Value, below(path, rewrite.Key(m.Key)), inner)
	}
	for i, it := range n.Items {
		w.index(it, below(path, rewrite.Item(i)), scope)
	}
}

func below(path rewrite.Path, parts ...rewrite.Part) rewrite.Path {
	return append(slices.Clone(path), parts...)
}

// move says where the refused expectations stand in the changed text.
func (w *acceptor) move(root *source.Node) {
	for i, s := range w.left {
		f, r := &s.first, &w.refused[i]
		at, found := w.places[f.Node]
		if !found || len(at.path) == 0 {
			continue
		}
		pos := source.Pos{}
		if n := at.path.At(root); n != nil && f.Node.Pos == (source.Pos{Line: f.Line, Col: f.Column}) {
			pos = n.Pos
		} else if holder := at.path[:len(at.path)-1].At(root); holder != nil {
			for _, m := range holder.Members {
				if m.Key == f.Check {
					pos = m.KeyPos
				}
			}
		}
		if pos.Line > 0 {
			r.Line, r.Column = pos.Line, pos.Col
		}
	}
}
