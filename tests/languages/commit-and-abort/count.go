// Writes how many rows there were, a file a split. It ends each job at the second try alone: all that the first try
// does is done again.
package main

import (
	"fmt"

	"bubbles"
	"bubbles/load"
	"bubbles/objects"
)

type Config struct {
	Path  string `json:"path"`
	Fails bool   `json:"fails"`
}

type Carrier struct {
	Carrier string `json:"carrier"`
}

func init() { load.Open("writes how many rows there were", nil, open, commit, abort) }

type writer struct {
	staged *objects.Staged
	rows   int
}

func open(config *Config, context bubbles.Context) (load.Task, error) {
	if config.Fails {
		return nil, bubbles.Fatal("there is no room for all")
	}
	staged, err := objects.Stage(fmt.Sprintf("%s%d.txt", config.Path, context.Split))
	return &writer{staged: staged}, err
}

func (w *writer) Write(chunk []byte) error {
	return bubbles.EachRow(chunk, func(*Carrier) error {
		w.rows++
		return nil
	})
}

func (w *writer) Prepare() ([]byte, error) {
	if _, err := fmt.Fprintf(w.staged, "%d rows\n", w.rows); err != nil {
		return nil, err
	}
	return w.staged.Finish()
}

func commit(config *Config, receipts [][]byte) error {
	for _, receipt := range receipts {
		if err := objects.Publish(receipt); err != nil {
			return err
		}
	}
	return atTheSecondTry(config, "committed")
}

func abort(config *Config, receipts [][]byte) error {
	for _, receipt := range receipts {
		if err := objects.Discard(receipt); err != nil {
			return err
		}
	}
	return atTheSecondTry(config, "aborted")
}

// An object tells the second try from the first.
func atTheSecondTry(config *Config, done string) error {
	tried := config.Path + "tried"
	found, err := objects.Find(tried)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		bubbles.Warnf("%s twice", done)
		return objects.Remove(tried)
	}
	if err := publishEmpty(tried); err != nil {
		return err
	}
	return bubbles.Transient("%s once", done)
}

func publishEmpty(url string) error {
	staged, err := objects.Stage(url)
	if err != nil {
		return err
	}
	receipt, err := staged.Finish()
	if err != nil {
		return err
	}
	return objects.Publish(receipt)
}

func main() {}
