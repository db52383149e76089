package prompttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"askflow/internal/expect"
	"askflow/internal/rewrite"
	"askflow/internal/run"
	"askflow/internal/source"
)

// Accepted is an expectation that now expects what came out.
type Accepted struct {
	Subject, Check string
	// Was and Now are the value as written: a text as it is, everything else as JSON.
	Was, Now string
	// File, Line and Column are where it stood before the change.
	File         string
	Line, Column int
}

// Refused is an expectation that was not met and stays as it is.
type Refused struct {
	Subject, Check string
	Reason         string
	// File, Line and Column are where it stands in the text that comes of the changes.
	File         string
	Line, Column int
}

// String is the reason and the place.
func (r Refused) String() string {
	return fmt.Sprintf("%s: %s:%d:%d", r.Reason, r.File, r.Line, r.Column)
}

// Acceptance collects how the records of a test did, so that what came out can become what is expected. It is for one goroutine
// at a time and keeps little of each result.
type Acceptance struct {
	test  *Test
	slots map[*source.Node]*slot
	// cases and each count the results that each expectation looked at.
	cases map[caseKey]int
	each  int
}

type caseKey struct{ record, name string }

// slot is one check that was not met.
type slot struct {
	first    Failure
	record   string
	failed   int
	differs  string // another value than the first one, "" for none
	differed string // the record that it is of
}

// NewAcceptance starts a collection for a test.
func NewAcceptance(t *Test) *Acceptance {
	return &Acceptance{test: t, slots: map[*source.Node]*slot{}, cases: map[caseKey]int{}}
}

// Add takes one result, as Score gave it. Every result must be added, those that passed too: what holds for some records is not
// changed for others.
func (a *Acceptance) Add(r *CaseResult) {
	a.cases[caseKey{r.Record.ID, r.Case}]++
	if r.State != run.NotEnrolled {
		a.each++
	}
	for i := range r.Failures {
		f := &r.Failures[i]
		s := a.slots[f.Node]
		if s == nil {
			a.slots[f.Node] = &slot{first: *f, record: r.Record.ID, failed: 1}
			continue
		}
		s.failed++
		if s.differed == "" && !sameValue(f.Actual, s.first.Actual) {
			s.differs, s.differed = f.Got, r.Record.ID
		}
	}
}

func sameValue(a, b *expect.Value) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Text == b.Text && a.Bool == b.Bool && a.Number == b.Number && a.Exact == b.Exact && a.Count == b.Count && slices.Equal(a.List, b.List)
}

// Accept is Acceptance over all results of a test.
func Accept(src []byte, t *Test, results []*CaseResult) (text []byte, accepted []Accepted, refused []Refused) {
	a := NewAcceptance(t)
	for _, r := range results {
		a.Add(r)
	}
	return a.Apply(src)
}

// Apply writes what came out into the text of the test: values of equals (also written short), one_of, similar, an exact count
// or length, and values of paths of json. src is the file as the test was read from it. Everything else in the text stays as it
// is. What cannot be accepted, or is the author's to decide, is refused with the reason; when nothing is accepted the text is
// src.
func (a *Acceptance) Apply(src []byte) (text []byte, accepted []Accepted, refused []Refused) {
	w := &acceptor{a: a, places: map[*source.Node]located{}}
	w.index(a.test.Node, nil, otherScope)
	slots := a.sorted()
	doc, err := rewrite.Open(a.test.File, src)
	if err == nil && !source.Equal(doc.Root(), a.test.Node) {
		err = fmt.Errorf("%s is no longer what was tested", a.test.File)
	}
	if err != nil {
		for _, s := range slots {
			w.refuse(s, err.Error())
		}
		return src, nil, w.refused
	}
	var verified []*proposal
	for _, group := range w.groups(slots) {
		verified = append(verified, w.verified(group)...)
	}
	w.accept(doc, verified)
	if len(w.accepted) == 0 {
		return src, nil, w.refused
	}
	now, problems := Read(a.test.File, doc.Text())
	if problems.HasErrors() {
		for _, s := range slots {
			w.refuse(s, "the file could not be read any more: "+problems.Errors()[0].Message)
		}
		return src, nil, w.refused[len(w.refused)-len(slots):]
	}
	w.move(now.Node)
	return doc.Text(), w.accepted, w.refused
}

// sorted are the failed checks in the order of the file.
func (a *Acceptance) sorted() []*slot {
	slots := make([]*slot, 0, len(a.slots))
	for _, s := range a.slots {
		slots = append(slots, s)
	}
	sort.Slice(slots, func(i, j int) bool {
		x, y := &slots[i].first, &slots[j].first
		if x.Line != y.Line {
			return x.Line < y.Line
		}
		if x.Column != y.Column {
			return x.Column < y.Column
		}
		return x.Subject < y.Subject
	})
	return slots
}

type acceptor struct {
	a        *Acceptance
	places   map[*source.Node]located
	accepted []Accepted
	refused  []Refused
	left     []*slot // of refused
}

func (w *acceptor) refuse(s *slot, reason string) {
	f := &s.first
	w.left = append(w.left, s)
	w.refused = append(w.refused, Refused{Subject: f.Subject, Check: f.Check, Reason: reason, File: f.File, Line: f.Line, Column: f.Column})
}

// proposal is what a failed check is to become.
type proposal struct {
	s      *slot
	path   rewrite.Path // of the check's value
	short  bool         // the value stands for the check: response: CA
	edits  []edit
	before *source.Node
	after  *source.Node
}

// group are the proposals for checks that stand in one object.
type group struct {
	holder    rewrite.Path
	proposals []*proposal
}

// groups makes a proposal of each check that can be changed, and refuses the others.
func (w *acceptor) groups(slots []*slot) []*group {
	var out []*group
	byHolder := map[string]*group{}
	for _, s := range slots {
		at, found := w.places[s.first.Node]
		if s.first.Node == nil || !found {
			w.refuse(s, "where it stands in the file is not known")
			continue
		}
		if reason := w.unsure(s, at.scope); reason != "" {
			w.refuse(s, reason)
			continue
		}
		p, reason := propose(s, at.path)
		if reason != "" {
			w.refuse(s, reason)
			continue
		}
		holder := at.path
		parent := at.path[:len(at.path)-1]
		if n := parent.At(w.a.test.Node); n != nil && n.Kind == source.Object && n.Get(s.first.Check) == s.first.Node {
			holder = parent
		} else {
			p.short = true
		}
		g := byHolder[holder.String()]
		if g == nil {
			g = &group{holder: holder}
			byHolder[holder.String()] = g
			out = append(out, g)
		}
		g.proposals = append(g.proposals, p)
	}
	return out
}

// unsure says why a value is not the one to expect: it is not there, or others differ.
func (w *acceptor) unsure(s *slot, scope int) string {
	f := &s.first
	looked := w.a.each
	if scope >= 0 && scope < len(w.a.test.Cases) {
		c := w.a.test.Cases[scope]
		looked = w.a.cases[caseKey{c.Record, c.Name}]
	}
	switch {
	case f.Code != "":
		return "nothing is known of the value: " + f.Got
	case s.differed != "" && scope == eachScope:
		return fmt.Sprintf("what came out differs: %s for the record %s, %s for the record %s", quote(f.Got), s.record, quote(s.differs), s.differed)
	case s.differed != "":
		return fmt.Sprintf("what came out differs from time to time: %s and %s", quote(f.Got), quote(s.differs))
	case f.Actual == nil && strings.HasPrefix(f.Got, "nothing"):
		return "there is no value to accept: " + strings.TrimPrefix(strings.TrimPrefix(f.Got, "nothing"), ": ")
	case f.Actual == nil:
		return "there are several values, and which of them is meant is yours to say"
	case looked > s.failed && scope == eachScope && f.Check != checkOneOf:
		return fmt.Sprintf("it holds for %d others: a change would be wrong for them", looked-s.failed)
	case looked > s.failed && scope != eachScope:
		return fmt.Sprintf("it holds in %d of %d runs: what comes out is not always the same", looked-s.failed, looked)
	}
	return ""
}

// verified are the proposals for one object when its checks agree with each other and with the value afterwards; else none.
func (w *acceptor) verified(g *group) []*proposal {
	reason := verify(w.a.test, g)
	if reason == "" {
		return g.proposals
	}
	for _, p := range g.proposals {
		w.refuse(p.s, reason)
	}
	return nil
}

// accept makes the changes of proposals: all at once, since each change reads the text again. What cannot be changed in the text is
// found by halves.
func (w *acceptor) accept(doc *rewrite.Doc, proposals []*proposal) {
	if len(proposals) == 0 {
		return
	}
	err := applied(doc, proposals)
	switch {
	case err == nil:
		for _, p := range proposals {
			f := &p.s.first
			w.accepted = append(w.accepted, Accepted{Subject: f.Subject, Check: f.Check, Was: asWritten(p.before), Now: asWritten(p.after),
				File: f.File, Line: f.Line, Column: f.Column})
		}
	case len(proposals) == 1:
		w.refuse(proposals[0].s, err.Error())
	default:
		half := len(proposals) / 2
		w.accept(doc, proposals[:half])
		w.accept(doc, proposals[half:])
	}
}

// applied makes the changes of proposals in the text, all of them or none.
func applied(doc *rewrite.Doc, proposals []*proposal) error {
	var list []rewrite.Replacement
	for _, p := range proposals {
		for _, e := range p.edits {
			switch {
			case e.insert < 0 && !e.remove:
				list = append(list, rewrite.Replacement{At: below(p.path, e.at...), Value: e.value})
			case len(proposals) > 1:
				return errApart
			default:
				return changed(doc, p)
			}
		}
	}
	return doc.SetAll(list)
}

// errApart is for changes that are made one by one: lists that become longer or shorter.
var errApart = errors.New("a list has another length")

// verify says why the new checks would not hold for the value, or contradict each other; "" when all is well.
func verify(t *Test, g *group) string {
	whole := g.holder.At(t.Node).Clone()
	for _, p := range g.proposals {
		f := &p.s.first
		d := expect.Domain{Kind: f.Actual.Kind, Subject: f.Subject}
		n := p.after
		if !p.short {
			whole.Set(f.Check, p.after)
			n = source.NewObject(f.Node.Pos)
			n.Set(f.Check, p.after)
		}
		r := &source.Reader{File: t.File, Strict: true}
		checks := expect.Read(r, n, d, expect.Env{})
		if r.Problems.HasErrors() {
			return "that could not be expected: " + r.Problems.Errors()[0].Message
		}
		for _, c := range checks {
			if m := c.Test(context.Background(), f.Actual, nil); m != nil {
				return "it would still not hold; change it in an editor"
			}
		}
	}
	if whole.Kind != source.Object {
		return ""
	}
	r := &source.Reader{File: t.File, Strict: true}
	f := &g.proposals[0].s.first
	_ = expect.Read(r, whole, expect.Domain{Kind: f.Actual.Kind, Subject: f.Subject}, expect.Env{}) // only whether checks contradict each other counts
	for _, p := range r.Problems.Errors() {
		if p.Code == "never_holds" {
			return "the checks beside it say otherwise: " + p.Message
		}
	}
	return ""
}

// asWritten is a value for a list of changes.
func asWritten(n *source.Node) string {
	if n.IsScalar() {
		return n.Text
	}
	return string(source.AppendJSON(nil, n))
}
