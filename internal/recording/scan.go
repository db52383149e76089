package recording

import (
	"encoding/json"
	"fmt"
	"strconv"

	"askflow/internal/source"
)

// flaw is what is wrong with a line, and where in it.
type flaw struct {
	at   int // byte offset in the line
	text string
	hint string
}

func flawf(at int, hint, format string, args ...any) *flaw {
	return &flaw{at: at, text: fmt.Sprintf(format, args...), hint: hint}
}

// line is an interaction whose bodies are not opened yet. Slices point into the line's bytes.
type line struct {
	key        string
	recordedAt []byte
	method     []byte
	path       []byte
	request    []byte // body
	status     int
	headers    []byte
	response   []byte // body
	usage      []byte
	model      []byte
}

// scanLine reads a line without opening its bodies.
func scanLine(data []byte) (*line, *flaw) {
	c := &cursor{data: data}
	l := &line{}
	c.space()
	f := c.object("an interaction", func(key []byte, at int) *flaw { return l.member(c, key, at) })
	if f != nil {
		return nil, f
	}
	c.space()
	if c.at < len(data) {
		return nil, flawf(c.at, "every interaction has a line of its own", "after the end of the interaction there is more text")
	}
	for _, needed := range []struct {
		key  string
		have bool
	}{{"key", l.key != ""}, {"recorded_at", l.recordedAt != nil}, {"request", l.request != nil}, {"response", l.response != nil}} {
		if !needed.have {
			return nil, flawf(0, "", "the interaction has no %q", needed.key)
		}
	}
	return l, nil
}

func (l *line) member(c *cursor, key []byte, at int) (f *flaw) {
	start := c.at
	switch string(key) {
	case "key":
		quoted, f := c.str()
		if f != nil {
			return f
		}
		if !validKey(quoted[1 : len(quoted)-1]) {
			return flawf(start, "record the question again", "this is no key of a recording")
		}
		l.key = string(quoted[1 : len(quoted)-1])
		return nil
	case "recorded_at":
		l.recordedAt, f = c.str()
		if f == nil && !isDate(l.recordedAt) {
			return flawf(start, "write it as 2026-11-23", "recorded_at must be a date")
		}
		return f
	case "request":
		return l.readRequest(c)
	case "response":
		return l.readResponse(c)
	case "usage":
		l.usage, f = c.value()
		return f
	case "model":
		l.model, f = c.str()
		return f
	}
	return flawf(at, "", "an interaction has no %q", key)
}

func (l *line) readRequest(c *cursor) *flaw {
	at := c.at
	f := c.object("the request", func(key []byte, at int) (f *flaw) {
		switch string(key) {
		case "method":
			l.method, f = c.str()
		case "path":
			l.path, f = c.str()
		case "body":
			l.request, f = c.bodyObject("the request's body")
		default:
			f = flawf(at, "", "a request has no %q", key)
		}
		return f
	})
	if f == nil && (l.method == nil || l.path == nil || l.request == nil) {
		f = flawf(at, "", "a request needs method, path and body")
	}
	return f
}

func (l *line) readResponse(c *cursor) *flaw {
	at := c.at
	f := c.object("the response", func(key []byte, at int) (f *flaw) {
		switch string(key) {
		case "status":
			start := c.at
			word, f := c.value()
			if f != nil {
				return f
			}
			if l.status, _ = strconv.Atoi(string(word)); l.status < 200 || l.status > 299 {
				return flawf(start, "errors are not recorded; delete the line", "the status must be from 200 to 299")
			}
			return nil
		case "headers":
			l.headers, f = c.bodyObject("headers")
		case "body":
			l.response, f = c.bodyObject("the response's body")
		default:
			f = flawf(at, "", "a response has no %q", key)
		}
		return f
	})
	if f == nil && (l.status == 0 || l.response == nil) {
		f = flawf(at, "", "a response needs status and body")
	}
	return f
}

func (c *cursor) bodyObject(what string) ([]byte, *flaw) {
	if c.peek() != '{' {
		return nil, flawf(c.at, "", "%s must be an object", what)
	}
	return c.value()
}

func isDate(quoted []byte) bool {
	const form = `"0000-00-00"`
	if len(quoted) != len(form) {
		return false
	}
	for i := range form {
		if digit := quoted[i] >= '0' && quoted[i] <= '9'; form[i] == '0' != digit || form[i] != '0' && quoted[i] != form[i] {
			return false
		}
	}
	return true
}

// open parses what scanLine left closed.
func (l *line) open() (*Interaction, error) {
	i := &Interaction{Key: l.key, RecordedAt: text(l.recordedAt), Request: Request{Method: text(l.method), Path: text(l.path), Body: l.request},
		Response: Response{Status: l.status, Headers: map[string]string{}, Body: l.response}}
	if l.model != nil {
		i.Model = text(l.model)
	}
	for _, part := range []struct {
		what string
		data []byte
		into any
	}{{"headers", l.headers, &i.Response.Headers}, {"usage", l.usage, &i.Usage}} {
		if part.data == nil {
			continue
		}
		if err := json.Unmarshal(part.data, part.into); err != nil {
			return nil, fmt.Errorf("its %s cannot be read: %w", part.what, err)
		}
	}
	if !json.Valid(l.request) {
		return nil, fmt.Errorf("the request's body is no JSON")
	}
	if !json.Valid(l.response) {
		return nil, fmt.Errorf("the response's body is no JSON")
	}
	return i, nil
}

// appendLine writes an interaction as its line, without the line's end.
func appendLine(b []byte, i *Interaction) []byte {
	b = source.AppendString(append(b, `{"key":`...), i.Key)
	b = source.AppendString(append(b, `,"recorded_at":`...), i.RecordedAt)
	b = source.AppendString(append(b, `,"request":{"method":`...), i.Request.Method)
	b = source.AppendString(append(b, `,"path":`...), i.Request.Path)
	b = append(append(b, `,"body":`...), i.Request.Body...)
	b = strconv.AppendInt(append(b, `},"response":{"status":`...), int64(i.Response.Status), 10)
	b = append(b, `,"headers":{`...)
	first := true
	for _, name := range sortedKeys(i.Response.Headers) {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = source.AppendString(append(source.AppendString(b, name), ':'), i.Response.Headers[name])
	}
	b = append(append(b, `},"body":`...), i.Response.Body...)
	b = strconv.AppendInt(append(b, `},"usage":{"input_tokens":`...), int64(i.Usage.InputTokens), 10)
	b = strconv.AppendInt(append(b, `,"cached_tokens":`...), int64(i.Usage.CachedTokens), 10)
	b = strconv.AppendInt(append(b, `,"output_tokens":`...), int64(i.Usage.OutputTokens), 10)
	b = strconv.AppendInt(append(b, `,"reasoning_tokens":`...), int64(i.Usage.ReasoningTokens), 10)
	b = source.AppendString(append(b, `},"model":`...), i.Model)
	return append(b, '}')
}
