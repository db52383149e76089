package testreport

import (
	"maps"
	"slices"
	"strings"
	"time"

	"askflow/internal/run"
)

// effects lists what the actions did.
func (p *htmlPage) effects(list []run.Effect) {
	if len(list) == 0 {
		return
	}
	p.raw(`<div class="ask"><p class="what">Effects</p><ol class="effects">`, "\n")
	for i := range list {
		e := &list[i]
		p.raw(`<li><span class="badge note">`, htmlText(strings.ToLower(string(e.Type))), `</span> `)
		switch e.Type {
		case run.EffectProperty:
			p.raw("<code>", htmlText(e.ObjectType), ".", htmlText(e.Property), "</code> ", htmlQuoted(e.From), " → ", htmlQuoted(e.To))
		case run.EffectNotification, run.EffectEmail:
			p.message(e)
		default:
			p.raw(htmlEffect(e))
		}
		var about []string
		for _, a := range e.Associations {
			about = append(about, htmlText("with "+a.ObjectType+" "+a.RecordID))
		}
		if e.ActionID != "" {
			about = append(about, htmlText("action "+e.ActionID))
		}
		if len(about) > 0 {
			p.raw(` <span class="soft">`, strings.Join(about, " · "), "</span>")
		}
		p.properties(e)
		if e.Body != nil && *e.Body != "" {
			p.long(*e.Body)
		}
		p.raw("</li>\n")
	}
	p.raw("</ol></div>\n")
}

// htmlEffect names a task or a record by what it is called; the ids of those that a run makes are counted, and tell nobody anything.
func htmlEffect(e *run.Effect) string {
	if title := strings.TrimSpace(e.Properties[htmlTitleProperty(e)]); title != "" {
		name := "<q>" + htmlText(title) + "</q>"
		if e.Type != run.EffectTask && e.ObjectType != "" {
			return htmlText(e.ObjectType) + " " + name
		}
		return name
	}
	return htmlText(strings.TrimSpace(e.ObjectType + " " + e.RecordID))
}

// htmlTitleProperty is the property that names what an effect made; "" where none does.
func htmlTitleProperty(e *run.Effect) string {
	if e.Type != run.EffectTask && e.Type != run.EffectRecord {
		return ""
	}
	for _, name := range []string{"hs_task_subject", "dealname", "subject", "name", "email"} {
		if strings.TrimSpace(e.Properties[name]) != "" {
			return name
		}
	}
	return ""
}

// htmlQuoted is a property's value; nil where there was none.
func htmlQuoted(value *string) string {
	if value == nil || *value == "" {
		return `<span class="none">empty</span>`
	}
	return "<q>" + htmlText(*value) + "</q>"
}

// message says to whom a notification or an email went and what it is about.
func (p *htmlPage) message(e *run.Effect) {
	var to []string
	if len(e.UserIDs) > 0 {
		to = append(to, "users "+strings.Join(e.UserIDs, ", "))
	}
	if len(e.TeamIDs) > 0 {
		to = append(to, "teams "+strings.Join(e.TeamIDs, ", "))
	}
	if len(to) > 0 {
		p.raw("to ", htmlText(strings.Join(to, ", ")))
	}
	if e.Subject != nil {
		p.raw(" <q>", htmlText(*e.Subject), "</q>")
	}
}

// properties are what an effect filled in, but for what names it.
func (p *htmlPage) properties(e *run.Effect) {
	title := htmlTitleProperty(e)
	var names []string
	for _, name := range slices.Sorted(maps.Keys(e.Properties)) {
		if name != title {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	p.raw(`<dl class="props">`)
	for _, name := range names {
		label, value := "<code>"+htmlText(name)+"</code>", htmlLines(e.Properties[name])
		if e.Type == run.EffectTask && name == "hs_timestamp" {
			label, value = "due", htmlDue(e.Properties[name])
		}
		p.raw("<div><dt>", label, `</dt><dd class="lines" dir="auto">`, value, "</dd></div>")
	}
	p.raw("</dl>")
}

// htmlDue is a time to the minute, and exactly as a hint; what is no time is shown as it is.
func htmlDue(value string) string {
	at, err := time.Parse(time.RFC3339Nano, value)
	if err != nil {
		return htmlLines(value)
	}
	return `<span title="` + htmlText(value) + `">` + htmlText(at.Format("2006-01-02 15:04 MST")) + "</span>"
}
