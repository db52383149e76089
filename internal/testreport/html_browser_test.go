package testreport_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/prompttest"
	"askflow/internal/testreport"
)

// htmlPictures names a folder that the browser test writes pictures of the report to, for people to look at.
const htmlPictures = "ASKFLOW_HTML_PICTURES"

func htmlFile(t *testing.T, r *prompttest.Report) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := testreport.HTML(f, r, htmlMeta()); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestHTMLInABrowser looks at a report as people do who have no scripts, no mouse, a narrow screen, or a dark one.
func TestHTMLInABrowser(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	for name, r := range map[string]*prompttest.Report{"rich": htmlReport(), "hostile": htmlHostile()} {
		p := b.open(htmlFile(t, r), 1280)
		htmlQuiet(t, name, p)
		if name == "rich" {
			htmlKeys(t, p)
			htmlTree(t, p)
		}
		// Of the cases, all of which are made alike, some are enough.
		p.js("document.querySelectorAll('details:not(.case), .case:nth-of-type(20n+1), #t3-c1 .case').forEach(d => { d.open = true; d.style.contentVisibility = 'visible'; });"+
			"document.querySelectorAll('.fail').forEach(e => e.style.contentVisibility = 'visible')", nil)
		for _, width := range []int{1280, 360} {
			p.resize(width)
			htmlFits(t, name, p, width)
		}
		for _, scheme := range []string{"light", "dark"} {
			htmlContrast(t, name, p, scheme)
		}
		htmlQuiet(t, name, p)
	}
	if folder := os.Getenv(htmlPictures); folder != "" {
		htmlTakePictures(t, b, folder)
	}
}

// htmlQuiet expects that the page asked for nothing but itself and complained of nothing.
func htmlQuiet(t *testing.T, name string, p *page) {
	t.Helper()
	requests, _ := p.seen("Network.requestWillBeSent")
	if len(requests) == 0 {
		t.Errorf("%s: the browser saw no request at all, so it cannot tell", name)
	}
	for _, m := range requests {
		var sent struct{ Request struct{ URL string } }
		if err := json.Unmarshal(m.Params, &sent); err != nil {
			t.Fatal(err)
		}
		file, _, _ := strings.Cut(sent.Request.URL, "#")
		if itself := strings.HasPrefix(file, "file://") && strings.HasSuffix(file, "/report.html"); !itself && file != "data:," {
			t.Errorf("%s: it asks for %s", name, sent.Request.URL)
		}
	}
	bad, _ := p.seen("Network.loadingFailed", "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Page.javascriptDialogOpening")
	for _, m := range bad {
		t.Errorf("%s: %s %s", name, m.Method, m.Params)
	}
}

// htmlFocus describes the element that has the focus.
const htmlFocus = `(() => { const e = document.activeElement, d = e.closest('details'), s = getComputedStyle(e);
	const i = [...document.querySelectorAll('*')].indexOf(e);
	return {tag: e.tagName, class: e.className, open: !!(d && d.open), index: i, ring: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, top: e.getBoundingClientRect().bottom > 0}; })()`

type htmlFocused struct {
	Tag, Class      string
	Open, Ring, Top bool
	Index           int
}

// htmlKeys walks through the page with Tab and Enter only.
func htmlKeys(t *testing.T, p *page) {
	t.Helper()
	last, heat, summary := -1, false, false
	for i := range 60 {
		p.tab()
		var f htmlFocused
		p.js(htmlFocus, &f)
		if i == 0 && f.Class != "skip" {
			t.Errorf("the first Tab leads to %+v, not to the skip link", f)
		}
		if f.Index <= last {
			t.Errorf("Tab %d goes back from element %d to %+v", i+1, last, f)
		}
		if !f.Ring || !f.Top {
			t.Errorf("Tab %d: the focus on %+v cannot be seen", i+1, f)
		}
		last = f.Index
		if f.Tag == "SUMMARY" && !f.Open && !summary {
			summary = true
			p.enter()
			if p.js(htmlFocus, &f); !f.Open {
				t.Errorf("Enter does not open %+v", f)
			}
		}
		if strings.HasPrefix(f.Class, "h ") && !heat {
			heat = true
			p.enter()
			var opened bool
			if p.js(`(() => { const at = document.querySelector(location.hash); return at.id === 't1-c1' && at.closest('details').open && at.checkVisibility(); })()`, &opened); !opened {
				t.Error("Enter on a heat cell does not lead to its cases")
			}
			break
		}
	}
	if !heat || !summary {
		t.Errorf("Tab reached a summary: %t, a heat cell: %t", summary, heat)
	}
}

// htmlTree looks at the page as a screen reader does.
func htmlTree(t *testing.T, p *page) {
	t.Helper()
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name struct{ Value any }
		}
	}
	p.do("Accessibility.getFullAXTree", nil, &tree)
	count := map[string]int{}
	for _, n := range tree.Nodes {
		if n.Ignored {
			continue
		}
		role, name := fmt.Sprint(n.Role.Value), fmt.Sprint(n.Name.Value)
		count[role]++
		switch role {
		case "table", "heading", "image", "link", "region", "navigation":
			if strings.TrimSpace(name) == "" || n.Name.Value == nil {
				t.Errorf("a %s has no name", role)
			}
		}
	}
	for role, least := range map[string]int{"banner": 1, "main": 1, "contentinfo": 1, "navigation": 4, "heading": 15, "table": 6, "columnheader": 20, "rowheader": 15, "image": 2, "article": 5} {
		if count[role] < least {
			t.Errorf("the tree has %d of %s, at least %d are there: %v", count[role], role, least, count)
		}
	}
}

func htmlFits(t *testing.T, name string, p *page, width int) {
	t.Helper()
	var got struct{ Scroll, Client int }
	p.js(`({scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth})`, &got)
	if got.Scroll > got.Client || got.Client != width {
		var wide []string
		p.js(fmt.Sprintf(`[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > %d && !e.closest('.scroll, .case > summary') && !e.closest('.vh')).slice(0, 5).map(e => e.outerHTML.slice(0, 160))`, width), &wide)
		t.Errorf("%s: at %d pixels the page is %d wide: %s", name, width, got.Scroll, strings.Join(wide, "\n"))
	}
}

// htmlContrastScript lists texts that stand out too little from what is behind them, by the WCAG formula.
const htmlContrastScript = `(() => {
	const parse = c => { const m = c.match(/rgba?\(([^)]+)\)/); if (!m) return null; const v = m[1].split(/[ ,\/]+/).map(Number); return {r: v[0], g: v[1], b: v[2], a: v.length > 3 ? v[3] : 1}; };
	const lum = c => { const f = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); }; return 0.2126 * f(c.r) + 0.7152 * f(c.g) + 0.0722 * f(c.b); };
	const ratio = (a, b) => { const x = lum(a), y = lum(b); return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
	const behind = new Map();
	const grounds = e => {
		if (!e) return [{r: 255, g: 255, b: 255, a: 1}];
		if (behind.has(e)) return behind.get(e);
		const s = getComputedStyle(e), c = parse(s.backgroundColor);
		let list = c && c.a === 1 ? [c] : grounds(e.parentElement);
		for (const m of s.backgroundImage.match(/rgba?\([^)]+\)/g) || []) { const g = parse(m); if (g.a === 1) list = list.concat(g); }
		behind.set(e, list);
		return list;
	};
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), low = new Map();
	let n = 0;
	while (texts.nextNode()) {
		const e = texts.currentNode.parentElement;
		if (!texts.currentNode.data.trim() || e.closest('title, .vh') || !e.checkVisibility()) continue;
		const s = getComputedStyle(e), ink = parse(e.closest('svg') ? s.fill : s.color);
		n++;
		for (const g of grounds(e)) {
			const r = ink && ink.a === 1 ? ratio(ink, g) : 0;
			if (r < 4.5) low.set(e.tagName + '.' + (e.getAttribute('class') || '') + ' in ' + e.parentElement.getAttribute('class') + ': ' + r.toFixed(2), 1);
		}
	}
	return {texts: n, low: [...low.keys()].slice(0, 20)};
})()`

func htmlContrast(t *testing.T, name string, p *page, scheme string) {
	t.Helper()
	p.do("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	var dark bool
	if p.js(`matchMedia('(prefers-color-scheme: dark)').matches && getComputedStyle(document.body).backgroundColor !== 'rgb(247, 246, 243)'`, &dark); dark != (scheme == "dark") {
		t.Errorf("%s: the scheme is not %s", name, scheme)
	}
	var got struct {
		Texts int
		Low   []string
	}
	p.js(htmlContrastScript, &got)
	if got.Texts < 100 || len(got.Low) > 0 {
		t.Errorf("%s, %s: of %d texts these stand out too little:\n%s", name, scheme, got.Texts, strings.Join(got.Low, "\n"))
	}
}

// htmlTakePictures writes pictures of parts of the rich report, wide and narrow, light and dark.
func htmlTakePictures(t *testing.T, b *browser, folder string) {
	t.Helper()
	p := b.open(htmlFile(t, htmlReport()), 1280)
	parts := map[string]string{"top": "header.top", "matrix": "[aria-labelledby=t1-matrix]", "cells": "[aria-labelledby=t1-cells]", "plots": ".plots",
		"split": "[aria-labelledby=t1-split]", "failed": "[aria-labelledby=t1-failed]", "case": "#t1-c2-f1", "cases": "#t1-c2", "single": "[aria-labelledby=t2]", "page": "body"}
	p.js("document.querySelectorAll('[aria-labelledby=t2] details').forEach(d => d.open = true);"+
		"document.querySelector('#t1-c2-f1').closest('.case').open = true; document.querySelector('#t1-c2').closest('details').open = true; document.querySelector('#t1-c2 .hundred').open = true;"+
		"document.querySelectorAll('.fail, .case').forEach(e => e.style.contentVisibility = 'visible');"+
		"document.querySelector('a.h').focus({focusVisible: true})", nil)
	for _, medium := range []struct{ media, scheme string }{{"screen", "light"}, {"screen", "dark"}, {"print", "dark"}} {
		p.do("Emulation.setEmulatedMedia", map[string]any{"media": medium.media, "features": []map[string]string{{"name": "prefers-color-scheme", "value": medium.scheme}}}, nil)
		for _, width := range []int{1280, 360} {
			p.resize(width)
			for name, selector := range parts {
				path := filepath.Join(folder, fmt.Sprintf("%s-%s-%s-%d.png", name, medium.media, medium.scheme, width))
				if err := os.WriteFile(path, htmlPicture(t, p, selector, width), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// htmlPicture takes a picture of an element, or of the case around it.
func htmlPicture(t *testing.T, p *page, selector string, width int) []byte {
	t.Helper()
	var box map[string]float64
	p.js(fmt.Sprintf(`(() => { const e = document.querySelector(%q), r = (e.closest('.case') || e).getBoundingClientRect(); return {x: 0, y: Math.max(0, r.y + scrollY - 10), width: %d, height: Math.min(r.height + 20, 1600), scale: 1}; })()`, selector, width), &box)
	var picture struct{ Data []byte }
	p.do("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true, "clip": box}, &picture)
	return picture.Data
}
