package openaisim

import (
	"strings"

	"askflow/internal/assistant"
)

// question is a request as the rules see it.
type question struct {
	model        string
	prompt       string
	instructions string
	caller       assistant.Caller
	folded       string // fold(prompt), made when first needed
	isFolded     bool
}

func (q *question) foldedPrompt() string {
	if !q.isFolded {
		q.folded, q.isFolded = fold(q.prompt), true
	}
	return q.folded
}

func (q *question) attempt() int { return max(1, q.caller.Attempt) }

// ruleset is rules with an index, so that a question looks only at rules that could hold: those of its record, those
// that want exactly its prompt, and those that name neither.
type ruleset struct {
	rules    []*Rule
	byRecord map[string][]int
	byPrompt map[string][]int
	rest     []int
}

func newRuleset(rules []*Rule) *ruleset {
	s := &ruleset{rules: rules, byRecord: map[string][]int{}, byPrompt: map[string][]int{}}
	for i, r := range rules {
		switch w := r.When; {
		case w.Record != "":
			s.byRecord[w.Record] = append(s.byRecord[w.Record], i)
		case w.Prompt != nil && w.Prompt.Equals != nil:
			s.byPrompt[*w.Prompt.Equals] = append(s.byPrompt[*w.Prompt.Equals], i)
		default:
			s.rest = append(s.rest, i)
		}
	}
	return s
}

// find returns the rule that answers this attempt. used counts the attempts that earlier rules with times have taken;
// it goes on counting from one set to the next.
func (s *ruleset) find(q *question, seed int64, used *int) *Rule {
	lists := [3][]int{s.byRecord[q.caller.RecordID], s.byPrompt[q.prompt], s.rest}
	for {
		next := -1
		for l := range lists {
			if len(lists[l]) > 0 && (next < 0 || lists[l][0] < lists[next][0]) {
				next = l
			}
		}
		if next < 0 {
			return nil
		}
		i := lists[next][0]
		lists[next] = lists[next][1:]
		r := s.rules[i]
		if !r.When.holds(q) || !r.drawn(q, seed, i) {
			continue
		}
		if r.Times == 0 || q.attempt() <= *used+r.Times {
			return r
		}
		*used += r.Times
	}
}

// holds checks the conditions, cheap ones first.
func (w *When) holds(q *question) bool {
	return w.fromThere(q) && w.plain(q) && w.matches(q)
}

// fromThere checks who is asking, and which model.
func (w *When) fromThere(q *question) bool {
	c := &q.caller
	return either(w.Record, c.RecordID, "") && either(w.Model, q.model, "") &&
		either(w.Assistant, c.Assistant, c.AssistantName) && either(w.Step, c.Step, c.StepName)
}

// either tells whether a condition is empty or equals one of two names.
func either(want, id, name string) bool { return want == "" || want == id || want == name }

func (w *When) plain(q *question) bool {
	return (w.Prompt == nil || w.Prompt.holdsPlain(q.prompt)) && (w.Instructions == nil || w.Instructions.holdsPlain(q.instructions))
}

// matches runs the expressions, that on the prompt only when the text it needs is there.
func (w *When) matches(q *question) bool {
	if w.Prompt != nil && w.Prompt.Matches != nil {
		if w.Prompt.literal != "" && !strings.Contains(q.foldedPrompt(), w.Prompt.literal) || !w.Prompt.Matches.MatchString(q.prompt) {
			return false
		}
	}
	return w.Instructions == nil || w.Instructions.Matches == nil || w.Instructions.Matches.MatchString(q.instructions)
}

// holdsPlain checks everything but the expression.
func (t *Text) holdsPlain(s string) bool {
	if t.Equals != nil && *t.Equals != s || !strings.HasPrefix(s, t.StartsWith) {
		return false
	}
	for _, want := range t.Contains {
		if !strings.Contains(s, want) {
			return false
		}
	}
	for _, unwanted := range t.NotContains {
		if strings.Contains(s, unwanted) {
			return false
		}
	}
	return true
}

// drawn decides a rule with a rate. With times the draw is for the ask as a whole, so that a drawn fault repeats as often
// as it says; without, each attempt is drawn anew.
func (r *Rule) drawn(q *question, seed int64, index int) bool {
	if r.Rate == 0 || r.Rate >= 1 {
		return true
	}
	attempt := q.attempt()
	if r.Times > 0 {
		attempt = 0
	}
	x := identity(seed, q.caller, attempt, index, q.prompt)
	return float64(x>>11)/(1<<53) < r.Rate
}

// identity hashes who is asking what: the same on every machine and in every run. Who asks without saying so is told
// apart by the text alone.
func identity(seed int64, c assistant.Caller, attempt, salt int, text string) uint64 {
	h := uint64(fnvOffset)
	for _, x := range [...]int64{seed, int64(c.Visit), int64(c.Repeat), int64(attempt), int64(salt)} {
		h = mix(h ^ uint64(x))
	}
	for _, s := range [...]string{c.RecordType, c.RecordID, c.Assistant, c.Step, text} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * fnvPrime
		}
		h = mix(h ^ uint64(len(s)))
	}
	return h
}

// FNV-1a's constants.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// mix spreads a hash's bits; FNV's high ones hardly depend on the last bytes.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
