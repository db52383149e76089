package assistant

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// rendererOf keeps the rendered prompt up to date while it is typed.
type rendererOf struct {
	loader ui.Loader
	// behind tells that the prompt has changed since the rendering that is under way began.
	behind bool
	now    *rendering
	err    error
	body   *widget.Text
}

// rendering is a rendered prompt.
type rendering struct {
	*service.Rendered
	// missing are the tokens without a value, each once, with the reason.
	missing []string
}

// renderNow renders the prompt. While a rendering is under way the next one waits for it, so that fast typing does not pile them up.
func (p *pad) renderNow() tea.Cmd {
	if p.render.loader.Busy() {
		p.render.behind, p.empty, p.dirty = true, false, true
		return nil
	}
	p.render.behind = false
	q := p.request()
	p.dirty = q.Prompt != p.source
	if p.empty = strings.TrimSpace(q.Prompt) == ""; p.empty {
		p.render.now, p.render.err = nil, nil
		p.render.body.SetText("")
		return nil
	}
	svc := p.s.env.Services.Assistants
	return ui.Load(p.s.env, &p.render.loader, func(ctx context.Context) (*rendering, error) {
		r, err := svc.Render(ctx, q)
		if err != nil {
			return nil, err
		}
		return newRendering(r), nil
	})
}

func newRendering(r *service.Rendered) *rendering {
	out := &rendering{Rendered: r}
	seen := map[string]bool{}
	for _, t := range r.Tokens {
		if t.Missing && !seen[t.Token] {
			seen[t.Token] = true
			out.missing = append(out.missing, clip(t.Token, 200)+": "+clip(t.Why, 300))
		}
	}
	return out
}

func (p *pad) rendered(msg ui.Loaded[*rendering]) tea.Cmd {
	if msg.Of != &p.render.loader || !p.render.loader.Take(msg.N) {
		return nil
	}
	if p.render.err = msg.Err; msg.Err == nil {
		p.render.now = msg.Value
		p.render.body.SetText(msg.Value.Text)
		p.render.body.SetSpans(p.valueSpans(msg.Value.Tokens))
	}
	if p.render.behind {
		return p.renderNow()
	}
	return nil
}

// mostSpans bounds how many values are coloured.
const mostSpans = 10_000

// valueSpans say where values stand in a rendered prompt. They are underlined as well, for screens without colours.
func (p *pad) valueSpans(tokens []service.TokenValue) []widget.Span {
	style := p.s.env.Theme.Value.Underline(true)
	var out []widget.Span
	for _, t := range tokens[:min(len(tokens), mostSpans)] {
		if !t.Missing {
			out = append(out, widget.Span{Start: t.Start, End: t.End, Style: style})
		}
	}
	return out
}

// recolour draws values and differences in the colours of a new theme.
func (p *pad) recolour() {
	if p.render.now != nil {
		p.render.body.SetSpans(p.valueSpans(p.render.now.Tokens))
	}
	p.results.recolour(p.s.env.Theme)
}
