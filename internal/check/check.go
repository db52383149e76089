// Package check looks across a portal's files: what a workflow refers to must exist, must be able to mean what it says,
// and what askflow does otherwise than HubSpot is named. Every finding has a stable code, a place, a reason and a hint.
package check

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/portal"
	"askflow/internal/source"
	"askflow/internal/token"
)

// Options say what to check against where the portal alone does not decide.
type Options struct {
	// Schema replaces the portal's own, for properties that were inferred from records files; nil means the portal's.
	Schema hubspot.Schema
	// Models is the table of models; nil means the built-in one.
	Models *assistant.Models
	// Now is the day that decides which models are switched off; zero means where the portal's clock starts.
	Now time.Time
	// Today is the day outside of the portal; zero when it is not to be looked at. What is past by then is told as past.
	Today time.Time
}

// Portal checks everything: what loading found, every workflow, every assistant, the scripted answers, and the
// settings. It is what validate prints, sorted by place.
func Portal(p *portal.Portal, opt Options) source.Problems {
	opt = opt.complete(p)
	out := append(source.Problems(nil), p.Problems...)
	out = append(out, settings(p, opt)...)
	for _, f := range p.Flows {
		out = append(out, flowFindings(p, f, opt)...)
	}
	for _, a := range p.Assistants {
		out = append(out, oneAssistant(p, a, opt)...)
	}
	out = append(out, rules(p)...)
	out = append(out, Refusals(p, p.Flows...)...)
	return tidy(out)
}

// Flow checks one workflow: what loading found in its file, its references, and the assistants that it asks. At most one
// Options is used.
func Flow(p *portal.Portal, f *flow.Flow, options ...Options) source.Problems {
	var opt Options
	if len(options) > 0 {
		opt = options[0]
	}
	opt = opt.complete(p)
	var out source.Problems
	for _, problem := range p.Problems {
		if problem.File == f.File {
			out = append(out, problem)
		}
	}
	out = append(out, flowFindings(p, f, opt)...)
	asked := map[*assistant.Assistant]bool{}
	kinds := flow.NewKinds(p.Settings.OpenAIAction)
	for _, a := range f.Actions {
		if !kinds.IsOpenAI(a) {
			continue
		}
		if as, err := p.Assistant(plainText(a.Field(kinds.OpenAI.Assistant))); err == nil && !asked[as] {
			asked[as] = true
			out = append(out, oneAssistant(p, as, opt)...)
		}
	}
	return tidy(out)
}

func (o Options) complete(p *portal.Portal) Options {
	if o.Schema == nil {
		o.Schema = p.Schema
	}
	if o.Models == nil {
		o.Models = assistant.DefaultModels()
	}
	if o.Now.IsZero() {
		o.Now = p.Settings.StartOfClock()
	}
	return o
}

// tidy sorts, drops what was found twice, and makes messages fit for terminals.
func tidy(ps source.Problems) source.Problems {
	ps.Sort()
	seen := make(map[source.Problem]bool, len(ps))
	out := ps[:0]
	for _, p := range ps {
		p.Message, p.Hint = visible(p.Message), visible(p.Hint)
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// visible escapes control characters: names in messages come from files that others may have written.
func visible(s string) string {
	if !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// checker holds one workflow and what it is checked against.
type checker struct {
	source.Reader // collects the problems
	p             *portal.Portal
	f             *flow.Flow
	opt           Options
	kinds         *flow.Kinds
	object        hubspot.ObjectType // of the records that enroll
	order         *order
	text          *text
	ids, names    []string // of the actions, for hints
}

// flowChecks are the checks of a workflow; a new one is one line here.
func flowChecks() []func(*checker) {
	return []func(*checker){
		(*checker).flowType,
		(*checker).start,
		(*checker).edges,
		(*checker).unreachable,
		(*checker).loops,
		(*checker).branches,
		(*checker).branchLiterals,
		(*checker).enrollment,
		(*checker).filters,
		(*checker).suppression,
		(*checker).features,
		(*checker).disabled,
		(*checker).dataSources,
		(*checker).notEmulated,
		(*checker).unknownFields,
		(*checker).values,
		(*checker).texts,
		(*checker).locked,
		(*checker).asks,
		(*checker).setProperties,
		(*checker).createRecords,
		(*checker).tasks,
		(*checker).messages,
		(*checker).delays,
	}
}

func flowFindings(p *portal.Portal, f *flow.Flow, opt Options) source.Problems {
	c := &checker{
		Reader: source.Reader{File: f.File}, p: p, f: f, opt: opt, kinds: flow.NewKinds(p.Settings.OpenAIAction),
		object: f.ObjectType(), order: newOrder(f), text: newText(f.File, p.Source(f.File)),
	}
	for _, a := range f.Actions {
		c.ids, c.names = append(c.ids, a.ID), append(c.names, a.ID)
		if a.Name != "" {
			c.names = append(c.names, a.Name)
		}
	}
	for _, check := range flowChecks() {
		check(c)
	}
	return c.Problems
}

// notKnown reports what is not known here. What a portal exported may be newer than this program: it is a warning, which
// keeps nothing from running. In a file that somebody wrote by hand it is a slip of the pen, an error.
func (c *checker) notKnown(pos source.Pos, code, hint, format string, args ...any) {
	if c.text.style == token.JSON {
		c.Warnf(pos, code, hint, format, args...)
		return
	}
	c.Errorf(pos, code, hint, format, args...)
}

// name is an action as messages call it.
func (c *checker) name(a *flow.Action) string {
	label := c.kinds.Of(a).Label
	if a.Name != "" {
		return fmt.Sprintf("step %s (%s)", quote(a.Name), shorten(label))
	}
	return fmt.Sprintf("action %s (%s)", shorten(a.ID), shorten(label))
}

// each calls fn for every action with the type id.
func (c *checker) each(typeID string, fn func(*flow.Action)) {
	for _, a := range c.f.Actions {
		if a.Type == flow.SingleConnection && a.TypeID == typeID {
			fn(a)
		}
	}
}

// fieldPos is where a field of an action stands, or the action where it does not.
func fieldPos(a *flow.Action, key string) source.Pos {
	if n := a.Field(key); n != nil {
		return n.Pos
	}
	return a.Pos
}

// plainText is a field's text when it is text without tokens, "" otherwise.
func plainText(n *source.Node) string {
	if n != nil && n.Kind == source.Object && n.Get("type") != nil && n.Get("type").Text == string(hubspot.StaticValue) {
		n = n.Get("staticValue")
	}
	if !n.IsScalar() || strings.Contains(n.Text, "{{") {
		return ""
	}
	return strings.TrimSpace(n.Text)
}

// maxCandidates is among how many names a nearest one is looked for.
const maxCandidates = 2000

// nearest is a hint that names the closest candidate, or the whole list where it is short, or nothing.
func nearest(name string, candidates []string) string {
	if len(candidates) > maxCandidates {
		return ""
	}
	if near := source.Nearest(name, candidates); near != "" && strings.Trim(name, "0123456789") != "" { // another id is another thing
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(candidates) > 0 && len(candidates) <= 12 {
		return "there are: " + strings.Join(candidates, ", ")
	}
	return ""
}
