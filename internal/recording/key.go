package recording

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strconv"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/source"
)

// maxRequest is the longest request body that is read.
const maxRequest = 32 << 20

// Question is what decides an answer.
type Question struct {
	Protocol     assistant.Protocol
	Model        string
	Instructions string
	Prompt       string
	// Settings are everything else by name (temperature, top_p, reasoning effort, max_output_tokens, response_format),
	// each as JSON.
	Settings map[string]string
	// Repeat is the number of the repetition, 0 for the first.
	Repeat int

	body []byte // canonical
}

// The paths of what is recorded, whatever address the server has.
const (
	pathResponses = "/v1/responses"
	pathChat      = "/v1/chat/completions"
)

// protocolOf tells the protocol by the end of the path; "" for what is not recorded.
func protocolOf(path string) assistant.Protocol {
	switch {
	case strings.HasSuffix(path, "/chat/completions"):
		return assistant.Chat
	case strings.HasSuffix(path, "/responses"):
		return assistant.Responses
	}
	return ""
}

func pathOf(p assistant.Protocol) string {
	if p == assistant.Chat {
		return pathChat
	}
	return pathResponses
}

// questionOf reads a request, which keeps its body. The error is an *assistant.Error.
func questionOf(req *http.Request) (*Question, error) {
	if protocolOf(req.URL.Path) == "" || req.Method != http.MethodPost {
		return nil, notRecordable(req)
	}
	data, err := bodyOf(req)
	if err != nil {
		return nil, err
	}
	q, err := parseBody(req.URL.Path, data)
	if err != nil {
		return nil, &assistant.Error{Code: assistant.CodeBadRequest, Message: "The request cannot be recorded or replayed: " + err.Error() + "."}
	}
	caller, _ := assistant.CallerFrom(req.Context())
	q.Repeat = max(0, caller.Repeat)
	return q, nil
}

// notRecordable refuses what is not one question with one answer.
func notRecordable(req *http.Request) error {
	e := &assistant.Error{Code: CodeNotRecordable, Hint: "use --answers scripted or live for it",
		Message: fmt.Sprintf("%s %s is not recorded and not replayed: only questions to the Responses API and Chat Completions are.", req.Method, assistant.Scrub(req.URL.Path))}
	if strings.Contains(req.URL.Path, "/threads") || strings.Contains(req.URL.Path, "/assistants") {
		e.Message = "The assistants protocol is not recorded and not replayed: an answer there is a conversation of many requests, under ids that are new every time."
		e.Hint, e.StopsRun = "set openai.protocol to responses in portal.yaml; the assistant itself needs no change", true
	}
	return e
}

// bodyOf reads the body and puts it back.
func bodyOf(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(req.Body, maxRequest+1))
	err = errors.Join(err, req.Body.Close())
	req.Body = io.NopCloser(bytes.NewReader(data))
	if err == nil && len(data) > maxRequest {
		return nil, &assistant.Error{Code: assistant.CodeTooLarge, Message: fmt.Sprintf("The request is larger than %d MB.", maxRequest>>20), Hint: "shorten the prompt"}
	}
	return data, err
}

// parseBody makes a question of a request's body.
func parseBody(path string, data []byte) (*Question, error) {
	n, problems := source.ParseJSON("", data)
	if n == nil {
		return nil, errors.New(problems[0].Message)
	}
	if n.Kind != source.Object {
		return nil, fmt.Errorf("its body must be an object, but it is %s", n.Kind)
	}
	if s := n.Get("stream"); s != nil && s.Text == "true" {
		return nil, errors.New("streamed answers are not recorded")
	}
	for _, name := range withoutInfluence() {
		n.Delete(name)
	}
	for i := len(n.Members) - 1; i >= 0; i-- {
		if n.Members[i].Value.Kind == source.Null { // the same as not saying anything
			n.Delete(n.Members[i].Key)
		}
	}
	canonical(n)
	q := &Question{Protocol: protocolOf(path), body: source.AppendJSON(make([]byte, 0, len(data)), n), Settings: map[string]string{}}
	q.read(n)
	return q, nil
}

// withoutInfluence are members of a request that do not decide the answer.
func withoutInfluence() []string {
	return []string{"store", "metadata", "stream", "stream_options", "user", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "service_tier"}
}

// canonical brings a tree into the one form in which equal requests are equal bytes.
func canonical(n *source.Node) {
	switch n.Kind {
	case source.Number:
		n.Text = canonicalNumber(n.Text)
	case source.Array:
		for _, it := range n.Items {
			canonical(it)
		}
	case source.Object:
		sort.SliceStable(n.Members, func(i, j int) bool { return n.Members[i].Key < n.Members[j].Key })
		for i := range n.Members {
			canonical(n.Members[i].Value)
		}
	}
}

// canonicalNumber writes 0.20, 2e-1 and 0.2 alike. Whole numbers beyond what a float holds stay as they are.
func canonicalNumber(text string) string {
	if !strings.ContainsAny(text, ".eE") {
		if text == "-0" {
			return "0"
		}
		return text
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	if f == 0 {
		return "0"
	}
	if f == float64(int64(f)) && f > -1e15 && f < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// read fills the question's members from the canonical body.
func (q *Question) read(n *source.Node) {
	for _, m := range n.Members {
		switch m.Key {
		case "model":
			q.Model = m.Value.Text
		case "instructions":
			q.Instructions = m.Value.Text
		case "input", "messages":
			if m.Value.Kind == source.String {
				q.Prompt = m.Value.Text
				continue
			}
			for _, it := range m.Value.Items {
				q.say(it)
			}
		default:
			q.set(m.Key, m.Value)
		}
	}
}

// say adds a message: what the system or developer says is instructions, everything else the prompt.
func (q *Question) say(message *source.Node) {
	into := &q.Prompt
	if role := message.Get("role"); role != nil && (role.Text == "system" || role.Text == "developer") {
		into = &q.Instructions
	}
	content := message.Get("content")
	texts := []*source.Node{content}
	if content != nil && content.Kind == source.Array {
		texts = texts[:0]
		for _, part := range content.Items {
			texts = append(texts, part.Get("text"))
		}
	}
	for _, t := range texts {
		if t == nil || t.Text == "" {
			continue
		}
		if *into != "" {
			*into += "\n"
		}
		*into += t.Text
	}
}

// set keeps a setting under the name that portals use for it, whatever the protocol calls it.
func (q *Question) set(name string, v *source.Node) {
	switch name {
	case "reasoning":
		if effort := v.Get("effort"); effort != nil && len(v.Members) == 1 {
			name, v = "reasoning_effort", effort
		}
	case "max_completion_tokens", "max_tokens":
		name = "max_output_tokens"
	case "text":
		if format := v.Get("format"); format != nil && len(v.Members) == 1 {
			name, v = "response_format", format
		}
	}
	q.Settings[name] = string(source.AppendJSON(nil, v))
}

// Key is the name under which the question's answer is kept: 32 letters and digits, and -N for the N-th repeat, so that
// the repeats of one question stand together.
func (q *Question) Key() string {
	h := sha256.New()
	_, _ = h.Write([]byte(q.Protocol)) // a hash takes everything
	_, _ = h.Write([]byte{'\n'})
	_, _ = h.Write(q.body)
	key := strings.ToLower(base32.StdEncoding.EncodeToString(h.Sum(nil)[:keyBytes]))
	if q.Repeat > 0 {
		key += "-" + strconv.Itoa(q.Repeat)
	}
	return key
}

const (
	keyBytes = 20 // 160 bits: no two questions of this world share a key
	keyChars = 32 // of base32
)

// splitKey takes a key apart; ok keys only.
func splitKey(key string) (question string, repeat int) {
	question, tail, _ := strings.Cut(key, "-")
	repeat, _ = strconv.Atoi(tail) // "" is the first
	return question, repeat
}

// validKey tells whether Key could have made it.
func validKey(key []byte) bool {
	if len(key) < keyChars || len(key) > keyChars+8 {
		return false
	}
	for _, c := range key[:keyChars] {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	rest := key[keyChars:]
	if len(rest) == 0 {
		return true
	}
	if len(rest) < 2 || rest[0] != '-' || rest[1] == '0' {
		return false
	}
	for _, c := range rest[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
