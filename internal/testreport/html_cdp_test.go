package testreport_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"
)

// browserPatience is how long a call to the browser may take before the test gives up.
const browserPatience = 60 * time.Second

// browser is a headless Chromium that is spoken to over two pipes, each message ended by a zero byte.
type browser struct {
	t   *testing.T
	in  io.WriteCloser
	end chan struct{} // closed when the browser says nothing more

	mu      sync.Mutex
	next    int
	waiting map[int]chan browserMessage
	events  []browserMessage
	news    chan struct{} // closed and replaced at each event
}

type browserMessage struct {
	ID      int             `json:"id"`
	Session string          `json:"sessionId"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// startBrowser starts a browser that ends with the test; without one the test is skipped.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a browser is driven over inherited pipes, which Windows does not have")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no chromium, chromium-browser or google-chrome in PATH: install the package chromium to look at the HTML report in a browser")
	}
	toBrowser, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, fromBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(path, "--remote-debugging-pipe", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles, cmd.Stderr, cmd.WaitDelay = []*os.File{toBrowser, fromBrowser}, &stderr, 5*time.Second
	if err := cmd.Start(); err != nil {
		t.Skipf("%s does not start: %v", path, err)
	}
	_, _ = toBrowser.Close(), fromBrowser.Close() // the browser has its own
	b := &browser{t: t, in: in, end: make(chan struct{}), waiting: map[int]chan browserMessage{}, news: make(chan struct{})}
	go b.read(out)
	t.Cleanup(func() { b.stop(cmd, out) })
	if _, err := b.call("", "Browser.getVersion", nil); err != nil {
		b.stop(cmd, out)
		t.Skipf("%s does not answer: %v\n%s", path, err, stderr.String())
	}
	return b
}

// stop asks the browser to close and makes sure that it did; its other processes end with it.
func (b *browser) stop(cmd *exec.Cmd, out *os.File) {
	_, _ = b.send("", "Browser.close", nil) // one that is gone is closed
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		_ = cmd.Process.Kill() // it does not listen
		<-done
	}
	_ = b.in.Close()
	_ = out.Close()
	<-b.end
}

func (b *browser) read(out io.Reader) {
	defer close(b.end)
	r := bufio.NewReaderSize(out, 1<<16)
	for {
		line, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m browserMessage
		if err := json.Unmarshal(line[:len(line)-1], &m); err != nil {
			return
		}
		b.mu.Lock()
		if m.ID > 0 {
			if reply := b.waiting[m.ID]; reply != nil {
				reply <- m
				delete(b.waiting, m.ID)
			}
		} else {
			b.events = append(b.events, m)
			close(b.news)
			b.news = make(chan struct{})
		}
		b.mu.Unlock()
	}
}

// send writes a command and returns where its answer will be.
func (b *browser) send(session, method string, params any) (<-chan browserMessage, error) {
	b.mu.Lock()
	b.next++
	id, reply := b.next, make(chan browserMessage, 1)
	b.waiting[id] = reply
	b.mu.Unlock()
	message := map[string]any{"id": id, "method": method}
	if params != nil {
		message["params"] = params
	}
	if session != "" {
		message["sessionId"] = session
	}
	text, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	_, err = b.in.Write(append(text, 0))
	return reply, err
}

// call sends a command and waits for what it returns.
func (b *browser) call(session, method string, params any) (json.RawMessage, error) {
	reply, err := b.send(session, method, params)
	if err != nil {
		return nil, err
	}
	select {
	case m := <-reply:
		if m.Error != nil {
			return nil, fmt.Errorf("%s: %s", method, m.Error.Message)
		}
		return m.Result, nil
	case <-b.end:
		return nil, errors.New(method + ": the browser has gone")
	case <-time.After(browserPatience):
		return nil, errors.New(method + ": no answer")
	}
}

// page is one tab.
type page struct {
	*browser
	session string
}

// open makes a tab of a size that runs no scripts of pages and shows a file.
func (b *browser) open(file string, width int) *page {
	b.t.Helper()
	p := &page{browser: b}
	target := struct{ TargetID string }{}
	p.do("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	attached := struct{ SessionID string }{}
	p.do("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	p.session = attached.SessionID
	for _, domain := range []string{"Page", "Network", "Runtime", "Log", "Accessibility", "DOM"} {
		p.do(domain+".enable", nil, nil)
	}
	p.do("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	p.resize(width)
	started := struct{ ErrorText string }{}
	p.do("Page.navigate", map[string]any{"url": "file://" + file}, &started)
	if started.ErrorText != "" {
		b.t.Skipf("this browser cannot read %s (%s), as those from a snap cannot: install the package chromium", file, started.ErrorText)
	}
	p.await("Page.loadEventFired")
	return p
}

func (p *page) resize(width int) {
	p.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
}

// do calls and fails the test on an error.
func (p *page) do(method string, params, into any) {
	p.t.Helper()
	result, err := p.call(p.session, method, params)
	if err != nil {
		p.t.Fatal(err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(result, into); err != nil {
		p.t.Fatalf("%s: %v", method, err)
	}
}

// seen are the events of this tab so far by their names.
func (p *page) seen(names ...string) (list []browserMessage, news chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.events {
		for _, name := range names {
			if m.Session == p.session && m.Method == name {
				list = append(list, m)
			}
		}
	}
	return list, p.news
}

func (p *page) await(name string) {
	p.t.Helper()
	patience := time.After(browserPatience)
	for {
		list, news := p.seen(name)
		if len(list) > 0 {
			return
		}
		select {
		case <-news:
		case <-p.end:
			p.t.Fatalf("the browser has gone before %s", name)
		case <-patience:
			p.t.Fatalf("no %s", name)
		}
	}
}

// js evaluates an expression of the test's own, which works where the page's own scripts are off.
func (p *page) js(expression string, into any) {
	p.t.Helper()
	var result struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	p.do("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &result)
	if result.ExceptionDetails != nil {
		p.t.Fatalf("%s: %s", expression, result.ExceptionDetails.Exception.Description)
	}
	if into != nil {
		if err := json.Unmarshal(result.Result.Value, into); err != nil {
			p.t.Fatalf("%s is %s: %v", expression, result.Result.Value, err)
		}
	}
}

// press presses and releases a key.
func (p *page) press(key, text string, code int) {
	p.t.Helper()
	p.do("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text}, nil)
	p.do("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code}, nil)
}

func (p *page) tab()   { p.t.Helper(); p.press("Tab", "", 9) }
func (p *page) enter() { p.t.Helper(); p.press("Enter", "\r", 13) }
