package inspect

import (
	"fmt"
	"strings"

	"askflow/internal/run"
	"askflow/internal/token"
	"askflow/internal/tui/theme"
)

// piece is a part of a template: text, or a token with the place of its data in the rendered prompt.
type piece struct {
	text       string // of the template
	token      bool
	ref        token.Ref
	start, end int // of the data, in bytes of the rendered prompt
}

// prompt is a template beside what was sent.
type prompt struct {
	template, rendered string
	pieces             []piece
	// aligned tells that it is known which part of the rendered prompt is whose data.
	aligned bool
}

// readPrompt sets a template beside the prompt that was rendered from it. What was sent is a record of the past and the template may be
// of any age, so where one does not lead to the other, nothing is claimed. known gives values that are certain: outputs of
// earlier steps.
func readPrompt(template, rendered string, known token.Lookup) *prompt {
	p := &prompt{template: template, rendered: rendered}
	at := 0
	parsed, _ := token.Parse(template) // what is wrong with a token leaves it in the text, as it was left when it was sent
	for _, r := range parsed.Refs() {
		if r.Offset > at {
			p.pieces = append(p.pieces, piece{text: template[at:r.Offset]})
		}
		p.pieces = append(p.pieces, piece{text: template[r.Offset:r.End], token: true, ref: r})
		at = r.End
	}
	if at < len(template) {
		p.pieces = append(p.pieces, piece{text: template[at:]})
	}
	p.aligned = p.align(known)
	return p
}

// align finds the data of every token. Text between tokens is looked for where it first stands, which leads to the end whenever
// anything does; of tokens without text between them the last one gets what cannot be told apart.
func (p *prompt) align(known token.Lookup) bool {
	at, open := 0, -1 // open is the token whose data has not ended yet
	for i := range p.pieces {
		k := &p.pieces[i]
		if k.token {
			if open >= 0 {
				p.pieces[open].end = at
			}
			k.start, k.end, open = at, at, i
			if v, ok := known(&k.ref); ok && strings.HasPrefix(p.rendered[at:], v) {
				at += len(v)
				k.end, open = at, -1
			}
			continue
		}
		rest := p.rendered[at:]
		where := 0
		switch last := i == len(p.pieces)-1; {
		case open < 0:
			if !strings.HasPrefix(rest, k.text) || last && len(rest) != len(k.text) {
				return false
			}
		case last:
			if where = len(rest) - len(k.text); where < 0 || !strings.HasSuffix(rest, k.text) {
				return false
			}
		default:
			if where = strings.Index(rest, k.text); where < 0 {
				return false
			}
		}
		if open >= 0 {
			p.pieces[open].end, open = at+where, -1
		}
		at += where + len(k.text)
	}
	if open >= 0 {
		p.pieces[open].end, at = len(p.rendered), len(p.rendered)
	}
	return at == len(p.rendered)
}

// Modes of the prompt, in the order in which they follow each other.
const (
	modeRendered = "rendered"
	modeBoth     = "both"
	modeTemplate = "template"
)

func promptModes() []string { return []string{modeRendered, modeBoth, modeTemplate} }

// summary says in a line how many tokens there are, and which of them had no data.
func (p *prompt) summary() string {
	tokens, empty := 0, []string{}
	for i := range p.pieces {
		if k := &p.pieces[i]; k.token {
			tokens++
			if p.aligned && k.start == k.end {
				empty = append(empty, k.ref.Property)
			}
		}
	}
	word := "data tokens"
	if tokens == 1 {
		word = "data token"
	}
	switch {
	case tokens == 0:
		return "The prompt has no data tokens."
	case !p.aligned:
		return fmt.Sprintf("%d %s; which text they gave cannot be told", tokens, word)
	case len(empty) > 0:
		return fmt.Sprintf("%d %s · ! %d empty: %s", tokens, word, len(empty), strings.Join(empty, ", "))
	}
	return fmt.Sprintf("%d %s, all with data", tokens, word)
}

// draw writes the prompt in a mode, and gives the text that the mode stands for, which is what is copied.
func (p *prompt) draw(d *doc, mode string) (copied string) {
	switch {
	case mode == modeTemplate:
		p.drawTemplate(d)
		return p.template
	case mode == modeBoth && p.aligned:
		p.drawBoth(d)
	case mode == modeBoth:
		d.Head("Template")
		p.drawTemplate(d)
		d.Newline()
		d.Head("Rendered")
		d.Text(p.rendered)
	default:
		p.drawRendered(d)
		return p.rendered
	}
	return d.String()
}

func (p *prompt) drawTemplate(d *doc) {
	for i := range p.pieces {
		if k := &p.pieces[i]; k.token {
			d.Put(d.Theme.Token, k.text)
		} else {
			d.Text(k.text)
		}
	}
}

func (p *prompt) drawRendered(d *doc) {
	if !p.aligned {
		d.Text(p.rendered)
		return
	}
	for i := range p.pieces {
		if k := &p.pieces[i]; k.token {
			d.Put(d.Theme.Value, p.rendered[k.start:k.end])
		} else {
			d.Text(k.text)
		}
	}
}

// drawBoth writes each line of the template, and below it, behind a sign, what it became.
func (p *prompt) drawBoth(d *doc) {
	both := sideBySide{d: d, p: p}
	for i := range p.pieces {
		if p.pieces[i].token {
			both.line = append(both.line, part{piece: i, tokens: true})
			both.tokens = true
			continue
		}
		for line := range strings.SplitAfterSeq(p.pieces[i].text, "\n") {
			both.line = append(both.line, part{piece: i, text: strings.TrimSuffix(line, "\n")})
			if strings.HasSuffix(line, "\n") {
				both.flush()
			}
		}
	}
	both.flush()
}

// sideBySide collects one line of a template.
type sideBySide struct {
	d      *doc
	p      *prompt
	line   []part
	tokens bool
}

type part struct {
	text   string
	piece  int
	tokens bool
}

func (s *sideBySide) flush() {
	th := s.d.Theme
	write := func(lead string, data bool) {
		s.d.Hang(len("  "))
		s.d.Put(th.Faint, lead)
		for _, k := range s.line {
			switch {
			case !k.tokens && data:
				s.d.Text(k.text)
			case !k.tokens:
				s.d.Put(th.Faint, k.text)
			case data:
				s.data(th, &s.p.pieces[k.piece])
			default:
				s.d.Put(th.Token, s.p.pieces[k.piece].text)
			}
		}
		s.d.Newline()
	}
	if s.tokens {
		write("  ", false)
		write("▸ ", true)
	} else {
		write("  ", true)
	}
	s.line, s.tokens = s.line[:0], false
}

func (s *sideBySide) data(th *theme.Theme, k *piece) {
	if k.start == k.end {
		s.d.Put(th.Warn, "∅")
		return
	}
	s.d.indented(th.Value, s.p.rendered[k.start:k.end], "  ")
}

// outputsBefore gives what steps before one gave to later ones, by the action's id or its name.
func outputsBefore(steps []run.Step, before int) token.Lookup {
	return func(r *token.Ref) (string, bool) {
		if r.Kind != token.ActionOutput {
			return "", false
		}
		for i := min(before, len(steps)) - 1; i >= 0; i-- {
			if s := &steps[i]; s.ActionID == r.Name || s.Name != "" && s.Name == r.Name {
				v, ok := s.Outputs[r.Property]
				return v, ok
			}
		}
		return "", false
	}
}
