package token

// Template is a parsed text. It is safe for use by several goroutines at once.
type Template struct {
	text  string
	parts []part
	tail  string
}

// part is a reference and the literal text before it.
type part struct {
	literal string
	ref     Ref
}

func (t *Template) add(literal string, ref Ref) {
	t.parts = append(t.parts, part{literal: literal, ref: ref})
}

// Text is the text as it was written.
func (t *Template) Text() string { return t.text }

// Static tells that the text has no references and renders as it is written.
func (t *Template) Static() bool { return len(t.parts) == 0 }

// Refs lists the references in the order of the text, repeated ones as often as they occur.
func (t *Template) Refs() []Ref {
	if len(t.parts) == 0 {
		return nil
	}
	refs := make([]Ref, len(t.parts))
	for i := range t.parts {
		refs[i] = t.parts[i].ref
	}
	return refs
}

// Lookup gives the value of a reference; ok is false where there is none. It must not keep or change the Ref.
type Lookup func(*Ref) (value string, ok bool)

// Append renders the text behind dst. References without a value render as nothing and are returned, each time they
// occur, so that the caller can make an error of them. Values are put in as they are and never read as tokens again.
func (t *Template) Append(dst []byte, lookup Lookup) (out []byte, missing []*Ref) {
	for i := range t.parts {
		p := &t.parts[i]
		dst = append(dst, p.literal...)
		value, ok := lookup(&p.ref)
		if !ok {
			missing = append(missing, &p.ref)
			continue
		}
		dst = append(dst, value...)
	}
	return append(dst, t.tail...), missing
}

// Render is Append into a string of its own. A text without references costs nothing.
func (t *Template) Render(lookup Lookup) (text string, missing []*Ref) {
	if t.Static() {
		return t.text, nil
	}
	out, missing := t.Append(make([]byte, 0, len(t.text)+64), lookup)
	return string(out), missing
}
