package prompttest

import (
	"fmt"
	"slices"
	"strings"

	"askflow/internal/expect"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/source"
)

// Env is what Compile knows of the portal.
type Env struct {
	Flow  *flow.Flow
	Kinds *flow.Kinds
	// Schema tells which properties there are; of an object type that it does not hold, every name is taken.
	Schema hubspot.Schema
	// Users are who can be notified; without any, every recipient is taken.
	Users []hubspot.User
	// MaxAttempts is how many requests an ask may send; 0 for unknown.
	MaxAttempts int
	// Expect is what reading checks needs: schemas and judges.
	Expect expect.Env
	// Record tells whether there is a record of that id among those that the test runs over. Nil where that is not known: then no
	// id is complained about.
	Record func(id string) bool
}

// Scorer says how one record did in a test. It is immutable and may be used by many goroutines.
type Scorer struct {
	file     string
	eachLine int
	each     []*probe
	cases    []compiledCase
	byRecord map[string][]int // indexes of cases
	ids      map[string]bool
	names    map[string]string // what steps are called, by action id
}

type compiledCase struct {
	name   string
	line   int
	probes []*probe
}

// probe is a compiled expectation: how to come to a value, and what is checked of it.
type probe struct {
	subject Subject
	shown   string // as written, step and member included
	kind    expect.Kind
	value   func(*scoring, *probe, *expect.Value)
	// step is the id of the action looked at, "" for none or for all; display is what messages call it.
	step, display string
	member        string // as values have it: hs_task_subject for subject
	checks        []placedCheck
}

// placedCheck is a check and where it stands.
type placedCheck struct {
	expect.Check
	node *source.Node
	pos  source.Pos
}

// Compile holds a test against a workflow and its portal: steps, properties, outputs, records and parts of effects are looked
// up, and checks that could never fail, or never hold, are refused. The scorer is nil when the problems hold an error.
func Compile(t *Test, env Env) (*Scorer, source.Problems) {
	c := &compiler{Reader: source.Reader{File: t.File, Strict: true}, test: t, env: env, graph: flow.Analyze(env.Flow)}
	c.nameSteps()
	s := &Scorer{file: t.File, byRecord: map[string][]int{}, ids: map[string]bool{}, names: c.names}
	for _, m := range t.Node.Members {
		if m.Key == "each" {
			s.eachLine = m.KeyPos.Line
		}
	}
	c.settings()
	c.inEach = true
	s.each = c.probes(t.Each)
	c.inEach = false
	for _, one := range t.Cases {
		c.record(one.Record, one.Pos)
		s.byRecord[one.Record] = append(s.byRecord[one.Record], len(s.cases))
		s.ids[one.Record] = true
		s.cases = append(s.cases, compiledCase{name: one.Name, line: one.Pos.Line, probes: c.probes(one.Expect)})
	}
	c.Problems.Sort()
	if c.Problems.HasErrors() {
		return nil, c.Problems
	}
	return s, c.Problems
}

type compiler struct {
	source.Reader
	test   *Test
	env    Env
	graph  *flow.Graph
	askers []*flow.Action
	names  map[string]string
	inEach bool
}

// nameSteps finds what each step is called: its name, where no other step goes by it, else its id.
func (c *compiler) nameSteps() {
	c.names = make(map[string]string, len(c.env.Flow.Actions))
	first := map[string]string{}
	for _, a := range c.env.Flow.Actions {
		if _, taken := first[a.Name]; !taken && c.env.Flow.Action(a.Name) == nil {
			first[a.Name] = a.ID
		}
	}
	for _, a := range c.env.Flow.Actions {
		c.names[a.ID] = a.ID
		if a.Name != "" && first[a.Name] == a.ID {
			c.names[a.ID] = a.Name
		}
		if c.env.Kinds.IsOpenAI(a) {
			c.askers = append(c.askers, a)
		}
	}
}

// settings looks at the steps and records that the test's own keys name.
func (c *compiler) settings() {
	if n := c.test.Node.Get("enroll"); n != nil && n.Kind == source.Array {
		for _, it := range n.Items {
			c.record(it.Text, it.Pos)
		}
	}
	for i, name := range c.test.Stubs {
		if c.env.Flow.ActionByName(name) == nil {
			c.unknownStep(itemPos(c.test.Node.Get("stubs"), i), name)
		}
	}
	if n := c.test.Node.Get("pins"); n != nil {
		for _, m := range n.Members {
			step, _, dotted := strings.Cut(m.Key, ".")
			if c.env.Flow.ActionByName(m.Key) == nil && (!dotted || c.env.Flow.ActionByName(step) == nil) {
				c.unknownStep(m.KeyPos, step)
			}
		}
	}
	if n := c.test.Node.Get("matrix"); n != nil {
		c.prompts(n)
	}
}

// prompts looks at whose prompts the matrix varies.
func (c *compiler) prompts(matrix *source.Node) {
	taken := map[string]bool{}
	for _, m := range matrix.Members {
		name, step, at := strings.Cut(m.Key, "@")
		if name != dimensionPrompt {
			continue
		}
		a := c.asking(m.KeyPos, name, step, at)
		if a == nil {
			continue
		}
		if taken[a.ID] {
			c.Errorf(m.KeyPos, "duplicate_value", "write all variants in one list", "the prompt of the step %s is varied twice", quote(c.names[a.ID]))
		}
		taken[a.ID] = true
	}
}

func (c *compiler) record(id string, pos source.Pos) {
	if c.env.Record != nil && id != "" && !c.env.Record(id) {
		c.Errorf(pos, "unknown_record", c.recordHint(id), "there is no %s %s in the records", c.env.Flow.ObjectType().Name, quote(id))
	}
}

// step finds a step by name or id.
func (c *compiler) step(pos source.Pos, name string) *flow.Action {
	a := c.env.Flow.ActionByName(name)
	if a == nil {
		c.unknownStep(pos, name)
		return nil
	}
	if !c.graph.Reachable(a.ID) {
		c.Warnf(pos, "unreachable_step", "", "no record can come to the step %s", quote(c.names[a.ID]))
	}
	return a
}

func (c *compiler) unknownStep(pos source.Pos, name string) {
	c.Errorf(pos, "unknown_step", c.among(name, "the steps are ", c.stepNames(c.env.Flow.Actions)), "the workflow %s has no step %s", quote(c.env.Flow.Name), quote(name))
}

// stepNames are what steps go by, names first: they are what people mean to write.
func (c *compiler) stepNames(actions []*flow.Action) []string {
	var names, ids []string
	for _, a := range actions {
		if c.names[a.ID] != a.ID {
			names = append(names, c.names[a.ID])
		} else {
			ids = append(ids, a.ID)
		}
	}
	return append(names, ids...)
}

// mostListed is how many names a hint lists.
const mostListed = 16

// among is a hint: the name that was probably meant, or all those there are.
func (c *compiler) among(name, all string, names []string) string {
	near := source.Nearest(name, names)
	switch {
	case near != "":
		return fmt.Sprintf("did you mean %q?", near)
	case len(names) == 0:
		return ""
	case len(names) > mostListed:
		return all + strings.Join(names[:mostListed], ", ") + ", …"
	}
	return all + strings.Join(names, ", ")
}

// asking finds the step whose ask is looked at: the one named, or the only one there is.
func (c *compiler) asking(pos source.Pos, subject, name string, named bool) *flow.Action {
	switch {
	case len(c.askers) == 0:
		c.Errorf(pos, "no_ask", "", "the workflow %s has no step that asks OpenAI", quote(c.env.Flow.Name))
		return nil
	case !named && len(c.askers) > 1:
		names := c.stepNames(c.askers)
		c.Errorf(pos, "name_the_step", fmt.Sprintf("write %s@%s", subject, names[0]), "which %s is meant is not said: these steps ask OpenAI: %s", subject, strings.Join(names, ", "))
		return nil
	case !named:
		return c.askers[0]
	}
	a := c.step(pos, name)
	if a != nil && !slices.Contains(c.askers, a) {
		c.Errorf(pos, "unknown_step", "those that do are "+strings.Join(c.stepNames(c.askers), ", "), "the step %s does not ask OpenAI", quote(name))
		return nil
	}
	return a
}

func (c *compiler) probes(list []*Expectation) []*probe {
	var out []*probe
	for _, e := range list {
		p := &probe{subject: e.Subject, shown: shown(e), member: e.Member}
		d, ok := c.domain(e, p)
		if !ok {
			continue
		}
		d.Subject, p.kind = p.shown, d.Kind
		if c.settled(e) {
			continue
		}
		for _, check := range expect.Read(&c.Reader, e.Node, d, c.env.Expect) {
			p.checks = append(p.checks, place(check, e))
		}
		out = append(out, p)
	}
	return out
}

// settled refuses what each: has settled before it looks: that the record enrolled.
func (c *compiler) settled(e *Expectation) bool {
	if !c.inEach || e.Subject != Enrolled && e.Subject != State {
		return false
	}
	n := e.Node
	if eq := n.Get(checkEquals); eq != nil {
		n = eq
	}
	switch {
	case n.IsScalar() && e.Subject == Enrolled && n.Text == "true":
		c.Errorf(n.Pos, "never_fails", "each looks at records that enroll and at no others; take it out", "every record that each looks at is enrolled")
		return true
	case n.IsScalar() && (e.Subject == Enrolled && n.Text == "false" || e.Subject == State && n.Text == string(run.NotEnrolled)):
		c.Errorf(n.Pos, "never_holds", "write a case for each record that must not enroll", "every record that each looks at is enrolled")
		return true
	}
	return false
}

// shown is the subject as written.
func shown(e *Expectation) string {
	s := string(e.Subject)
	if e.Step != "" {
		s += "@" + e.Step
	}
	if e.Member != "" {
		s += " " + e.Member
	}
	return s
}

// place finds where a check stands: behind its own key, or as the value itself.
func place(check expect.Check, e *Expectation) placedCheck {
	if e.Node.Kind == source.Object {
		for _, m := range e.Node.Members {
			if m.Key == check.Name() {
				return placedCheck{check, m.Value, m.KeyPos}
			}
		}
	}
	return placedCheck{check, e.Node, e.Node.Pos}
}
