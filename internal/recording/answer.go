package recording

import (
	"encoding/base64"
	"encoding/hex"
	"sort"
	"strconv"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/source"
)

// answer is a response's body, reduced to what the answer consists of.
type answer struct {
	protocol assistant.Protocol
	body     *source.Node
}

// readAnswer parses a 2xx response's body and keeps of it what the client reads: an allow-list, so that nothing that
// names an account, and nothing that is new with every call, is ever written. ok is false for what is no final answer:
// broken JSON, an error inside of a 200, a response that is still in progress.
func readAnswer(protocol assistant.Protocol, data []byte) (a *answer, ok bool) {
	n, _ := source.ParseJSON("", data)
	if n == nil || n.Kind != source.Object || holdsError(n) {
		return nil, false
	}
	a = &answer{protocol: protocol}
	if protocol == assistant.Chat {
		a.body, ok = chatAnswer(n)
	} else {
		a.body, ok = responsesAnswer(n)
	}
	if ok {
		canonical(a.body)
	}
	return a, ok
}

func holdsError(n *source.Node) bool {
	e := n.Get("error")
	return e != nil && e.Kind != source.Null
}

func responsesAnswer(n *source.Node) (*source.Node, bool) {
	out := pick(n, "error", "incomplete_details", "model", "object", "output_text", "status")
	switch status := n.Get("status"); {
	case status == nil: // some compatible servers leave it out
	case status.Text != "completed" && status.Text != "incomplete":
		return nil, false
	}
	output := n.Get("output")
	if output == nil && n.Get("output_text") == nil || output != nil && output.Kind != source.Array {
		return nil, false
	}
	// The client's decoder wants an id and a time; these are the same in every recording.
	out.Set("id", source.NewString("resp_recorded", source.Pos{}))
	out.Set("created_at", source.NewNumber("0", source.Pos{}))
	items := source.NewArray(source.Pos{})
	if output != nil {
		for _, it := range output.Items {
			kept := pick(it, "type", "role", "status", "phase", "summary")
			if content := it.Get("content"); content != nil {
				kept.Set("content", parts(content))
			}
			items.Items = append(items.Items, kept)
		}
	}
	out.Set("output", items)
	keepUsage(out, n)
	return out, true
}

func chatAnswer(n *source.Node) (*source.Node, bool) {
	out := pick(n, "model", "object")
	choices := n.Get("choices")
	if choices == nil || len(choices.Items) == 0 {
		return nil, false
	}
	out.Set("id", source.NewString("chatcmpl-recorded", source.Pos{}))
	out.Set("created", source.NewNumber("0", source.Pos{}))
	kept := source.NewArray(source.Pos{})
	for _, c := range choices.Items {
		message := c.Get("message")
		if message == nil || message.Kind != source.Object {
			return nil, false
		}
		choice := pick(c, "finish_reason", "index")
		said := pick(message, "refusal", "role")
		if content := message.Get("content"); content != nil {
			said.Set("content", parts(content))
		}
		choice.Set("message", said)
		kept.Items = append(kept.Items, choice)
	}
	out.Set("choices", kept)
	keepUsage(out, n)
	return out, true
}

// parts keeps a message's content: text as it is, of parts what they say.
func parts(content *source.Node) *source.Node {
	if content.Kind != source.Array {
		return content
	}
	out := source.NewArray(source.Pos{})
	for _, p := range content.Items {
		out.Items = append(out.Items, pick(p, "refusal", "text", "type"))
	}
	return out
}

// pick copies members.
func pick(n *source.Node, keys ...string) *source.Node {
	out := source.NewObject(source.Pos{})
	for _, key := range keys {
		if v := n.Get(key); v != nil {
			out.Set(key, v)
		}
	}
	return out
}

// keepUsage copies the counts of usage, and nothing else that may stand there.
func keepUsage(out, n *source.Node) {
	u := n.Get("usage")
	if u == nil || u.Kind != source.Object {
		return
	}
	out.Set("usage", counts(u, 0))
}

func counts(n *source.Node, depth int) *source.Node {
	out := source.NewObject(source.Pos{})
	for _, m := range n.Members {
		switch {
		case m.Value.Kind == source.Number:
			out.Set(m.Key, m.Value)
		case m.Value.Kind == source.Object && depth < 3:
			out.Set(m.Key, counts(m.Value, depth+1))
		}
	}
	return out
}

// usage sums up what the answer consumed, under the names of the Responses API.
func (a *answer) usage() Usage {
	u := a.body.Get("usage")
	number := func(at *source.Node, names ...string) int {
		for _, name := range names {
			if v := at.Get(name); v != nil {
				if n, err := strconv.Atoi(v.Text); err == nil {
					return min(max(0, n), 1_000_000_000)
				}
			}
		}
		return 0
	}
	first := func(names ...string) *source.Node {
		for _, name := range names {
			if v := u.Get(name); v != nil {
				return v
			}
		}
		return nil
	}
	return Usage{
		InputTokens: number(u, "input_tokens", "prompt_tokens"), OutputTokens: number(u, "output_tokens", "completion_tokens"),
		CachedTokens:    number(first("input_tokens_details", "prompt_tokens_details"), "cached_tokens"),
		ReasoningTokens: number(first("output_tokens_details", "completion_tokens_details"), "reasoning_tokens"),
	}
}

// model is the model that answered.
func (a *answer) model() string {
	if m := a.body.Get("model"); m.IsScalar() {
		return m.Text
	}
	return ""
}

// text is what was said, refusals included.
func (a *answer) text() string {
	var b strings.Builder
	say := func(n *source.Node) {
		if n == nil {
			return
		}
		if n.Kind == source.String {
			b.WriteString(n.Text)
			return
		}
		for _, p := range n.Items {
			for _, key := range []string{"text", "refusal"} {
				if t := p.Get(key); t.IsScalar() {
					b.WriteString(t.Text)
				}
			}
		}
	}
	if a.protocol == assistant.Chat {
		for _, c := range a.body.Get("choices").Items {
			say(c.Get("message").Get("content"))
			say(c.Get("message").Get("refusal"))
		}
		return b.String()
	}
	for _, it := range a.body.Get("output").Items {
		say(it.Get("content"))
	}
	if b.Len() == 0 {
		say(a.body.Get("output_text"))
	}
	return b.String()
}

// sameAnswer tells whether two recorded bodies say the same. What they consumed does not count: the same answer costs
// less when the question was cached, and a recording is to change only when the answer does.
func sameAnswer(a, b *Interaction) bool {
	if a.Response.Status != b.Response.Status {
		return false
	}
	without := func(data []byte) *source.Node {
		n, _ := source.ParseJSON("", data)
		if n != nil {
			n.Delete("usage")
			canonical(n)
		}
		return n
	}
	x, y := without(a.Response.Body), without(b.Response.Body)
	return x != nil && y != nil && source.Equal(x, y)
}

// scrubber takes out of texts what must not be written: the account's own secrets, and whatever looks like a key.
type scrubber struct{ secrets []string }

// newScrubber sorts the longest first, so that no secret survives inside of what another one left. Very short ones
// would tear up ordinary words; nothing that short is a secret.
func newScrubber(secrets []string) *scrubber {
	s := &scrubber{}
	for _, secret := range secrets {
		if secret = strings.TrimSpace(secret); len(secret) >= 6 {
			s.secrets = append(s.secrets, forms(secret)...)
		}
	}
	sort.Slice(s.secrets, func(i, j int) bool { return len(s.secrets[i]) > len(s.secrets[j]) })
	return s
}

// forms are a secret as it is, and as a careless server may hand it back: in hex, in base64, wherever in a group of three
// bytes it begins, and the end of a long one.
func forms(secret string) []string {
	inHex := hex.EncodeToString([]byte(secret))
	out := []string{secret, inHex, strings.ToUpper(inHex)}
	if len(secret) < 24 {
		return out
	}
	for shift := range 3 {
		part := []byte(secret[shift:])
		part = part[:len(part)/3*3]
		out = append(out, base64.StdEncoding.EncodeToString(part), base64.URLEncoding.EncodeToString(part))
	}
	return append(out, secret[len(secret)-12:])
}

func (s *scrubber) text(t string) string {
	for _, secret := range s.secrets {
		if strings.Contains(t, secret) {
			t = strings.ReplaceAll(t, secret, "…")
		}
	}
	return assistant.Scrub(t)
}

// node scrubs every text and key of a tree, and tells whether anything was found.
func (s *scrubber) node(n *source.Node) {
	switch n.Kind {
	case source.String:
		n.Text = s.text(n.Text)
	case source.Array:
		for _, it := range n.Items {
			s.node(it)
		}
	case source.Object:
		for i := range n.Members {
			n.Members[i].Key = s.text(n.Members[i].Key)
			s.node(n.Members[i].Value)
		}
	}
}

// json scrubs JSON text; what cannot be parsed becomes an empty object.
func (s *scrubber) json(data []byte) []byte {
	n, _ := source.ParseJSON("", data)
	if n == nil {
		return []byte("{}")
	}
	s.node(n)
	return source.AppendJSON(make([]byte, 0, len(data)), n)
}
