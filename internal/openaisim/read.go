package openaisim

import (
	"regexp"
	"strings"
	"time"

	"askflow/internal/source"
)

const (
	// longestSpan is the longest latency or wait a rule may name.
	longestSpan = 24 * time.Hour
	// mostTimes and mostTokens keep sums far from overflowing.
	mostTimes  = 1_000_000
	mostTokens = 1_000_000_000
)

// ReadRules reads a file of scripted answers (responses/*.yaml, --faults files): a list of rules. Unknown keys are
// errors. Rules with errors are left out, so that what is returned can always be played.
func ReadRules(file string, n *source.Node) ([]*Rule, source.Problems) {
	r := &source.Reader{File: file, Strict: true}
	if n == nil {
		return nil, nil // an empty file scripts nothing
	}
	if n.Kind != source.Array {
		r.Errorf(n.Pos, "wrong_type", "begin each rule with a dash", "scripted answers must be a list of rules, but here stands %s", n.Kind)
		return nil, r.Problems
	}
	var rules []*Rule
	for _, it := range n.Items {
		before := len(r.Problems)
		rule := readRule(r, it)
		if r.Problems[before:].HasErrors() {
			continue
		}
		if rule.unfilled() {
			r.Warnf(rule.replyPos, "reply_not_filled_in", "write what the assistant answers; for an answer without text write fault: empty", "the reply is not filled in: what this rule is for gets no answer")
		}
		rules = append(rules, rule)
	}
	return rules, append(r.Problems, shadowedIn(rules)...)
}

func readRule(r *source.Reader, n *source.Node) *Rule {
	f := r.Object(n, "a rule")
	rule := &Rule{Name: f.String("name"), File: r.File, Pos: n.Pos, Latency: span(r, f, "latency", false), Times: f.Int("times", 0)}
	if w := f.Get("when"); w != nil {
		rule.When = readWhen(r, w)
	}
	if f.Has("reply") {
		rule.Reply, rule.HasReply, rule.replyPos = f.String("reply"), true, f.Pos("reply")
		rule.reply = cut(r, rule.replyPos, rule)
	}
	f.Known("reply")
	if v := f.Get("fault"); v != nil {
		rule.Fault = readFault(r, v)
	}
	if v := f.Get("usage"); v != nil {
		rule.Usage = readUsage(r, v)
	}
	if f.Has("times") && (rule.Times < 1 || rule.Times > mostTimes) {
		r.Errorf(f.Pos("times"), "bad_value", "", "times must be from 1 to %d", mostTimes)
	}
	if rate, ok := f.Float("rate"); ok {
		if rate <= 0 || rate > 1 {
			r.Errorf(f.Pos("rate"), "bad_value", "0.05 is one in twenty", "rate must be above 0 and at most 1")
		}
		rule.Rate = rate
	}
	f.Done()
	checkRule(r, rule)
	return rule
}

// checkRule looks at members that exclude or need each other.
func checkRule(r *source.Reader, rule *Rule) {
	f := rule.Fault
	switch {
	case f == nil && !rule.HasReply:
		r.Errorf(rule.Pos, "missing_key", "reply: is what the assistant answers, fault: what goes wrong instead", "a rule needs a reply or a fault")
	case f != nil && rule.HasReply && f.Kind != FaultRefusal && f.Kind != FaultIncomplete:
		r.Errorf(rule.Pos, "reply_and_fault", "make two rules, the one with the fault first and with times", "a rule has a reply or a fault, not both")
	case f != nil && rule.Usage != nil && (f.Kind == FaultStatus || f.Kind == FaultTimeout || f.Kind == FaultReset):
		r.Errorf(rule.Pos, "usage_without_answer", "", "a %s fault brings no answer, so it has no usage", f.Kind)
	}
}

func readWhen(r *source.Reader, n *source.Node) When {
	f := r.Object(n, "when")
	w := When{
		Assistant: one(r, f, "assistant"), Model: one(r, f, "model"), Record: one(r, f, "record"), Step: one(r, f, "step"),
		Prompt: readText(r, f, "prompt"), Instructions: readText(r, f, "instructions"),
		AssistantPos: f.Pos("assistant"), ModelPos: f.Pos("model"),
	}
	f.Done()
	return w
}

// one reads a condition that takes one name; people try lists.
func one(r *source.Reader, f *source.Fields, key string) string {
	if v := f.Get(key); v != nil && v.Kind == source.Array {
		r.Errorf(v.Pos, "wrong_type", "write one rule for each", "when: %q takes one, but here stands a list", key)
		return ""
	}
	return f.String(key)
}

func readText(r *source.Reader, in *source.Fields, key string) *Text {
	v := in.Get(key)
	if v == nil {
		return nil
	}
	if v.IsScalar() {
		return &Text{Contains: []string{v.Text}}
	}
	f := r.Object(v, "a condition on the "+key)
	t := &Text{Contains: f.Strings("contains"), NotContains: f.Strings("not_contains"), StartsWith: f.String("starts_with")}
	if f.Get("equals") != nil {
		s := f.String("equals")
		t.Equals = &s
	}
	if expr := f.String("matches"); expr != "" {
		rx, err := regexp.Compile(expr)
		if err != nil {
			r.Errorf(f.Pos("matches"), "bad_expression", "Go's regular expressions have no lookahead and no backreferences",
				"matches is no regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		} else {
			t.Matches, t.literal = rx, requiredLiteral(expr)
		}
	}
	f.Known("equals")
	f.Done()
	if len(f.Node.Members) == 0 {
		r.Errorf(v.Pos, "empty_condition", "", "the condition on the %s is empty; it needs contains, not_contains, starts_with, equals or matches", key)
	}
	return t
}

func readUsage(r *source.Reader, n *source.Node) *Usage {
	f := r.Object(n, "usage")
	u := &Usage{
		InputTokens: count(r, f, "input_tokens"), CachedTokens: count(r, f, "cached_tokens"), CacheWriteTokens: count(r, f, "cache_write_tokens"),
		OutputTokens: count(r, f, "output_tokens"), ReasoningTokens: count(r, f, "reasoning_tokens"),
		input: f.Get("input_tokens") != nil, output: f.Get("output_tokens") != nil,
	}
	f.Done()
	if !u.input && u.CachedTokens+u.CacheWriteTokens > 0 || u.CachedTokens+u.CacheWriteTokens > u.InputTokens {
		r.Errorf(n.Pos, "bad_usage", "input_tokens includes cached_tokens and cache_write_tokens", "more input tokens are cached than there are")
	}
	if !u.output && u.ReasoningTokens > 0 || u.ReasoningTokens > u.OutputTokens {
		r.Errorf(n.Pos, "bad_usage", "output_tokens includes reasoning_tokens", "more output tokens are reasoning than there are")
	}
	return u
}

func count(r *source.Reader, f *source.Fields, key string) int {
	n := f.Int(key, 0)
	if n < 0 || n > mostTokens {
		r.Errorf(f.Pos(key), "bad_value", "", "%s must be from 0 to %d", key, mostTokens)
		return 0
	}
	return n
}

// span reads a duration with its unit. Plain numbers are seconds where the API has them so (retry_after).
func span(r *source.Reader, f *source.Fields, key string, plain bool) time.Duration {
	text := strings.TrimSpace(f.String(key))
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil && plain {
		d, err = time.ParseDuration(text + "s")
	}
	switch {
	case err != nil:
		r.Errorf(f.Pos(key), "bad_duration", "write the number with its unit: 800ms, 2s, 1m", "%s is no span of time", key)
		return 0
	case d < 0 || d > longestSpan:
		r.Errorf(f.Pos(key), "bad_duration", "", "%s must be from 0 to %s", key, longestSpan)
		return 0
	}
	return d
}
