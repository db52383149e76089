package token

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"askflow/internal/source"
)

const (
	rootEnrolled = "enrolled_object"
	rootFetched  = "fetched_objects"
	rootOutputs  = "action_outputs"
	outputPrefix = "action_output_"

	// maxProblems bounds what one text can report; a text with more is broken in one way, not in a thousand.
	maxProblems = 100
)

// Parse reads a text. The Template is never nil: what is wrong with a token is a problem, and the token then stays in
// the text as it was written. A lone "}}" or a single "{" is text.
func Parse(text string) (*Template, []Problem) {
	p := &parser{text: text, t: &Template{text: text}}
	p.run()
	return p.t, p.problems
}

// ParseRef reads a value that is one token and nothing else, as FETCHED_OBJECT_PROPERTY and its relatives hold it
// ("propertyToken": "{{ fetched_objects.company.name }}"). Braces may be left out. The Ref is nil when there are problems.
func ParseRef(text string) (*Ref, []Problem) {
	inner := strings.TrimSpace(text)
	offset := strings.Index(text, inner)
	p := &parser{text: text, t: &Template{text: text}}
	if body, ok := strings.CutPrefix(inner, "{{"); ok {
		body, ok = strings.CutSuffix(body, "}}")
		if !ok {
			p.problem(offset, len(text), "token_unclosed", "close it with }}", "the token %s is not closed", quote(inner))
			return nil, p.problems
		}
		if strings.Contains(body, "{{") || strings.Contains(body, "}}") {
			p.problem(offset, len(text), "token_bad_name", "write one token such as {{ fetched_objects.NAME.PROPERTY }}",
				"one token was expected, but here stands %s", quote(inner))
			return nil, p.problems
		}
		inner = body
	}
	ref := p.reference(inner, offset, offset+len(strings.TrimSpace(text)))
	if ref == nil {
		return nil, p.problems
	}
	return ref, nil
}

type parser struct {
	text     string
	t        *Template
	problems []Problem
}

func (p *parser) problem(offset, end int, code, hint, format string, args ...any) {
	if len(p.problems) < maxProblems {
		p.problems = append(p.problems, Problem{Offset: offset, End: end, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint})
	}
}

// run cuts the text into literals and references. Every brace is looked at once, so that no text takes more than
// linear time.
func (p *parser) run() {
	literal, at := 0, 0
	for {
		open := strings.Index(p.text[at:], "{{")
		if open < 0 {
			break
		}
		open += at
		// No token begins with a brace: in {{{ x }}} the outer pair is text.
		for open+2 < len(p.text) && p.text[open+2] == '{' {
			open++
		}
		end, closed := p.closing(open + 2)
		if !closed {
			p.problem(open, open+2, "token_unclosed", "close it with }}, or write a single { where no token is meant",
				"the token that starts with %s is not closed", quote(strings.TrimRight(firstLine(p.text[open:end]), " \t\r")))
			at = end
			continue
		}
		ref := p.reference(p.text[open+2:end-2], open, end)
		at = end
		if ref == nil {
			continue
		}
		p.t.add(p.text[literal:open], *ref)
		literal = end
	}
	p.t.tail = p.text[literal:]
}

// closing finds the end of the "}}" that closes a token whose body starts at body. Without one it returns where
// reading goes on: at the next "{{" or at the end of the text.
func (p *parser) closing(body int) (end int, closed bool) {
	for i := body; i+1 < len(p.text); i++ {
		switch p.text[i : i+2] {
		case "}}":
			return i + 2, true
		case "{{":
			return i, false
		}
	}
	return len(p.text), false
}

// reference reads the inside of the braces; offset and end are the whole token's, for positions.
func (p *parser) reference(body string, offset, end int) *Ref {
	fail := func(code, hint, format string, args ...any) *Ref {
		p.problem(offset, end, code, hint, format, args...)
		return nil
	}
	trimmed := strings.TrimSpace(body)
	if trimmed == "" {
		return fail("token_empty", "write what it stands for, such as {{ enrolled_object.email }}", "the token is empty")
	}
	if strings.ContainsAny(trimmed, "|(") {
		hint := "leave it out"
		if path, _, found := strings.Cut(trimmed, "|"); found && isPath(path) {
			hint = "leave it out: {{ " + strings.TrimSpace(path) + " }}; missing_token in portal.yaml says what an empty value renders as"
		}
		return fail("token_hubl", hint, "the token %s uses a HubL filter or function, which workflow text does not take here", quote(trimmed))
	}
	segments := strings.Split(trimmed, ".")
	for i, s := range segments {
		segments[i] = strings.TrimSpace(s)
	}
	kind, name := root(segments[0])
	if kind == 0 {
		return fail("token_unknown_root", rootHint(segments), "the token %s starts with %s, which is not known", quote(trimmed), quote(segments[0]))
	}
	for _, s := range segments[1:] {
		if !isName(s) {
			return fail("token_bad_name", "names are made of letters, digits, _ and -, with one dot between them",
				"the token %s holds %s, which is no name", quote(trimmed), quote(s))
		}
	}
	ref := &Ref{Kind: kind, Name: name, Offset: offset, End: end}
	if code, message := ref.path(segments[1:]); code != "" {
		return fail(code, "write "+shape(kind), message, quote(trimmed))
	}
	return ref
}

// path reads what follows the root. When it does not fit, code and a message with room for the token say so.
func (r *Ref) path(rest []string) (code, message string) {
	if r.Kind == FetchedObject || r.Kind == ActionOutput {
		if len(rest) == 0 || r.Kind == ActionOutput && len(rest) == 1 {
			return "token_incomplete", "the token %s does not say enough"
		}
		r.Name, rest = rest[0], rest[1:]
		if id, ok := strings.CutPrefix(r.Name, outputPrefix); ok && r.Kind == ActionOutput {
			r.Name = id
		}
		if r.Name == "" {
			return "token_incomplete", "the token %s names no action"
		}
	}
	switch len(rest) {
	case 0:
	case 1:
		r.Property = rest[0]
	default:
		return "token_bad_name", "the token %s has too many parts"
	}
	return "", ""
}

// root reads a token's first part. The older form _0_2 names an object type.
func root(s string) (Kind, string) {
	switch s {
	case rootEnrolled:
		return EnrolledObject, ""
	case rootFetched:
		return FetchedObject, ""
	case rootOutputs:
		return ActionOutput, ""
	}
	if rest, ok := strings.CutPrefix(s, "_"); ok {
		if a, b, ok := strings.Cut(rest, "_"); ok && isDigits(a) && isDigits(b) {
			return AssociatedObject, a + "-" + b
		}
	}
	return 0, ""
}

func rootHint(segments []string) string {
	if near := source.Nearest(segments[0], []string{rootEnrolled, rootFetched, rootOutputs}); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	property := "PROPERTY"
	if len(segments) == 2 && isName(segments[1]) {
		property = segments[1]
	}
	switch segments[0] {
	case "contact", "company", "deal", "ticket", "object", "record", "enrolled":
		return fmt.Sprintf("write {{ enrolled_object.%s }} for the enrolled record, {{ fetched_objects.NAME.%s }} for an associated one", property, property)
	}
	return "a token starts with enrolled_object, fetched_objects or action_outputs"
}

func shape(k Kind) string {
	switch k {
	case FetchedObject:
		return "{{ fetched_objects.NAME.PROPERTY }}"
	case ActionOutput:
		return "{{ action_outputs.action_output_ID.OUTPUT }}"
	case AssociatedObject:
		return "{{ _0_2.PROPERTY }}"
	default:
		return "{{ enrolled_object.PROPERTY }}"
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func isPath(s string) bool {
	for part := range strings.SplitSeq(strings.TrimSpace(s), ".") {
		if !isName(part) {
			return false
		}
	}
	return true
}

func isName(s string) bool {
	for _, r := range s {
		if r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return s != ""
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// quote shows a part of the text in a message: shortened, control characters visible.
func quote(s string) string {
	const most = 60
	n := 0
	for i := range s {
		if n == most {
			return strconv.Quote(s[:i] + "…")
		}
		n++
	}
	return strconv.Quote(s)
}
