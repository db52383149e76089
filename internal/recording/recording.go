// Package recording keeps answers of OpenAI in the portal's recordings/ folder and plays them back. Replay and Record
// are transports under the ordinary client, so that everything above them works as it does live.
//
// A file under recordings/ holds one interaction a line, sorted by key. The key is a hash of what decides the answer:
// the protocol, the request's body (model, instructions, prompt, settings) and the number of the repeat. Nothing that
// differs from call to call is kept: no ids, no times, no rate limits, and no credential, organisation or project.
package recording

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"askflow/internal/assistant"
)

// DirName is the folder of a portal that holds recordings.
const DirName = "recordings"

// Ext is how the names of recordings files end.
const Ext = ".jsonl"

// Error codes of this package that stand in results, beside those of assistant.
const (
	// CodeBadRecording: the recording that fits cannot be read.
	CodeBadRecording = "bad_recording"
	// CodeNotKept: an answer came, and could not be written to disk.
	CodeNotKept = "answer_not_kept"
	// CodeNotRecordable: a request of a kind that is not recorded.
	CodeNotRecordable = "not_recordable"
)

// Interaction is one recorded question with its answer.
type Interaction struct {
	Key string
	// RecordedAt is the day (YYYY-MM-DD) on which this answer first came.
	RecordedAt string
	Request    Request
	Response   Response
	// Usage is what the answer consumed, for people; the response's own usage is what counts.
	Usage Usage
	// Model is the model that answered, which may be a dated version of the one asked.
	Model string
	// File and Line are where it stands: the path relative to the portal folder, and the 1-based line.
	File string
	Line int
}

// Request is what was asked. Body is canonical JSON: members sorted, numbers in one form, settings without influence on
// the answer left out.
type Request struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body"`
}

// Response is what came back. Body holds only what the answer consists of.
type Response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// Usage is in tokens; input includes cached, output includes reasoning tokens.
type Usage struct {
	InputTokens     int `json:"input_tokens"`
	CachedTokens    int `json:"cached_tokens"`
	OutputTokens    int `json:"output_tokens"`
	ReasoningTokens int `json:"reasoning_tokens"`
}

// Question takes the recorded request apart, for listings. The error is a sentence.
func (i *Interaction) Question() (*Question, error) {
	q, err := parseBody(i.Request.Path, i.Request.Body)
	if err != nil {
		return nil, err
	}
	_, q.Repeat = splitKey(i.Key)
	return q, nil
}

// Text is what the model said; for a refusal its words, "" for an empty answer.
func (i *Interaction) Text() string {
	a, ok := readAnswer(protocolOf(i.Request.Path), i.Response.Body)
	if !ok {
		return ""
	}
	return a.text()
}

// keptHeaders are all headers that are ever written: what the client reads to understand the answer, and nothing that
// names an account or a request.
func keptHeaders() []string {
	return []string{"Content-Type", "Openai-Version", assistant.EstimatedHeader}
}

// headersOf picks the kept headers.
func headersOf(h http.Header) map[string]string {
	out := map[string]string{}
	for _, name := range keptHeaders() {
		if v := h.Get(name); v != "" {
			out[strings.ToLower(name)] = v
		}
	}
	return out
}

// failure is an error of the file system as a sentence.
func failure(doing string, err error) error { return fmt.Errorf("%s: %w", doing, plain(err)) }

// plain takes an error out of what repeats the path that the sentence around it names.
func plain(err error) error {
	switch e := err.(type) { //nolint:errorlint // only the outermost layer is unwrapped
	case *os.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}
