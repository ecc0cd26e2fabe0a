// Reads lines of text files, a split each, and writes them to one file a split, published at the end.
package main

import (
	"bytes"
	"fmt"
	"strings"

	"bubbles"
	"bubbles/extract"
	"bubbles/load"
	"bubbles/objects"
)

type Config struct {
	Path string `json:"path"`
}

type Line struct {
	Number int64  `json:"number"`
	Text   string `json:"text"`
}

func init() {
	extract.Task("reads lines of text", extract.About{}, plan, run)
	load.Open("writes lines of text", nil, open, commit, abort)
}

// The bookmark is the last file that was read: only files after it are new.
func plan(config *Config, bookmark []byte) (*extract.Source, error) {
	found, err := objects.Find(config.Path)
	if err != nil {
		return nil, err
	}
	source := &extract.Source{Bookmark: bookmark}
	for _, object := range found {
		if object.URL > string(bookmark) {
			source.Splits = append(source.Splits, extract.Split{Payload: []byte(object.URL), Bytes: object.Size})
			source.Bookmark = []byte(object.URL)
		}
	}
	return source, nil
}

func run(config *Config, split extract.Split, context bubbles.Context) error {
	text, err := objects.Read(string(split.Payload), 0, objects.ReadBytes)
	if err != nil {
		return err
	}
	bubbles.Infof("split %d of %d has %d bytes", context.Split, context.Splits, len(text))
	number := int64(0)
	for line := range strings.Lines(string(text)) {
		number++
		bubbles.EmitRow(&Line{number, strings.TrimSuffix(line, "\n")})
	}
	return nil
}

type writer struct{ staged *objects.Staged }

func open(config *Config, context bubbles.Context) (load.Task, error) {
	staged, err := objects.Stage(fmt.Sprintf("%s%05d.txt", config.Path, context.Split))
	return &writer{staged}, err
}

func (w *writer) Write(chunk []byte) error {
	var out bytes.Buffer
	err := bubbles.EachRow(chunk, func(line *Line) error {
		_, err := fmt.Fprintf(&out, "%d %s\n", line.Number, line.Text)
		return err
	})
	if err == nil {
		_, err = w.staged.Write(out.Bytes())
	}
	return err
}

func (w *writer) Prepare() ([]byte, error) { return w.staged.Finish() }

func commit(_ *Config, receipts [][]byte) error {
	for _, receipt := range receipts {
		if err := objects.Publish(receipt); err != nil {
			return err
		}
	}
	return nil
}

func abort(_ *Config, receipts [][]byte) error {
	for _, receipt := range receipts {
		if err := objects.Discard(receipt); err != nil {
			return err
		}
	}
	return nil
}

func main() {}
