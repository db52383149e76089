package filter

import (
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

type groupKind uint8

const (
	groupAll groupKind = iota
	groupAny
	groupNotAll
	groupNotAny
)

// group is OR, AND, NOT_ALL or NOT_ANY over its children.
type group struct {
	kind     groupKind
	children []node
}

func (g *group) negated() bool { return g.kind == groupNotAll || g.kind == groupNotAny }

// inner evaluates AND or OR, before a NOT is applied. Without children both hold.
func (g *group) inner(rec Record) verdict {
	if len(g.children) == 0 {
		return yes
	}
	decisive := no // of AND
	if g.kind == groupAny || g.kind == groupNotAny {
		decisive = yes
	}
	out := decisive.not()
	for _, child := range g.children {
		switch child.match(rec) {
		case decisive:
			return decisive
		case unknown:
			out = unknown
		}
	}
	return out
}

func (g *group) match(rec Record) verdict {
	if g.negated() {
		return g.inner(rec).not()
	}
	return g.inner(rec)
}

// maxReasons is how many failed branches one reason names.
const maxReasons = 3

func (g *group) reason(rec Record, want verdict) string {
	if g.negated() {
		return "not wanted: " + g.innerReason(rec, want.not())
	}
	return g.innerReason(rec, want)
}

func (g *group) innerReason(rec Record, want verdict) string {
	if len(g.children) == 0 {
		return "the branch is empty, which matches every record"
	}
	conjunction := g.kind == groupAll || g.kind == groupNotAll
	// To make an AND true, or an OR false, every child counts, and the first one that fails is the reason.
	if conjunction == (want == yes) {
		for _, child := range g.children {
			if child.match(rec) != want {
				return child.reason(rec, want)
			}
		}
	}
	var parts []string
	for _, child := range g.children {
		part := child.reason(rec, want)
		if !containsText(parts, part) {
			parts = append(parts, part)
		}
		if len(parts) > maxReasons {
			parts[maxReasons] = "…"
			break
		}
	}
	return strings.Join(parts, "; ")
}

func containsText(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (g *group) explain(rec Record, e *explainer) {
	if g.negated() {
		e.negated = !e.negated
		defer func() { e.negated = !e.negated }()
	}
	for _, child := range g.children {
		child.explain(rec, e)
	}
}

// fixed is a condition whose outcome does not depend on the record.
type fixed struct {
	verdict  verdict
	sentence string
	property string
	pos      source.Pos
}

func (f *fixed) match(Record) verdict          { return f.verdict }
func (f *fixed) reason(Record, verdict) string { return f.sentence }
func (f *fixed) explain(_ Record, e *explainer) {
	e.add(f.verdict, f.sentence, f.property, f.pos)
}

// inList is an IN_LIST filter.
type inList struct {
	id   string
	want bool
	pos  source.Pos
}

func (l *inList) match(rec Record) verdict { return verdictOf(rec.InList(l.id) == l.want) }

func (l *inList) reason(rec Record, _ verdict) string {
	if rec.InList(l.id) {
		return "the record is in list " + show(l.id)
	}
	return "the record is not in list " + show(l.id)
}

func (l *inList) explain(rec Record, e *explainer) {
	e.add(l.match(rec), l.reason(rec, yes), "", l.pos)
}

// association is an ASSOCIATION or PROPERTY_ASSOCIATION branch: some associated record meets the inner branch.
type association struct {
	inner      node
	objectType hubspot.ObjectType
	kind       hubspot.AssociationType
	property   string // PROPERTY_ASSOCIATION: the property that holds the other record's id
	negated    bool   // NOT_IN_LIST: no associated record meets it
	pos        source.Pos
}

func (a *association) some(rec Record) verdict {
	if a.property != "" {
		if other := a.find(rec); other != nil {
			return a.inner.match(other)
		}
		return no
	}
	out := no
	for _, other := range rec.Associated(a.objectType.Name, a.kind) {
		switch a.inner.match(other) {
		case yes:
			return yes
		case unknown:
			out = unknown
		}
	}
	return out
}

func (a *association) find(rec Record) Record {
	id := rec.Get(a.property)
	if id == "" {
		return nil
	}
	return rec.Find(a.objectType.Name, id)
}

func (a *association) others(rec Record) []Record {
	if a.property == "" {
		return rec.Associated(a.objectType.Name, a.kind)
	}
	if other := a.find(rec); other != nil {
		return []Record{other}
	}
	return nil
}

func (a *association) match(rec Record) verdict {
	if a.negated {
		return a.some(rec).not()
	}
	return a.some(rec)
}

// none says that there is no record to look at.
func (a *association) none(rec Record) string {
	if a.property == "" {
		return "no " + a.objectType.Name + " is associated"
	}
	id := rec.Get(a.property)
	if id == "" {
		return a.property + " has no value, so it names no " + a.objectType.Name
	}
	return "no " + a.objectType.Name + " has the id " + quote(id) + " that " + a.property + " names"
}

func (a *association) reason(rec Record, want verdict) string {
	others := a.others(rec)
	if len(others) == 0 {
		return a.none(rec)
	}
	if a.negated {
		want = want.not()
	}
	for _, other := range others {
		if a.inner.match(other) != want {
			return a.label(other) + a.inner.reason(other, want)
		}
	}
	return "every associated " + a.objectType.Name + " was looked at"
}

func (a *association) label(other Record) string {
	return a.objectType.Name + " " + show(other.Get("hs_object_id")) + ": "
}

func (a *association) explain(rec Record, e *explainer) {
	others := a.others(rec)
	if a.negated {
		e.negated = !e.negated
		defer func() { e.negated = !e.negated }()
	}
	if len(others) == 0 {
		e.add(no, a.none(rec), a.property, a.pos)
		return
	}
	prefix := e.prefix
	defer func() { e.prefix = prefix }()
	for _, other := range others {
		if len(e.conditions) >= maxConditions {
			return
		}
		e.prefix = prefix + a.label(other)
		a.inner.explain(other, e)
	}
}
