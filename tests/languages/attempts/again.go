// Numbers the flights, and stumbles in the middle at its first attempt.
package main

import (
	"bubbles"
	"bubbles/transform"
)

type Flight struct {
	Flight int64 `json:"flight"`
}

type Numbered struct {
	Number  int64  `json:"number"`
	Flight  int64  `json:"flight"`
	Attempt uint32 `json:"attempt"`
}

func init() {
	transform.Open("stumbles at its first attempt", transform.About{},
		func(_ *struct{}, context bubbles.Context) (transform.Task, error) {
			return &Numbered{Attempt: context.Attempt}, nil
		})
}

func (n *Numbered) Process(_ int, chunk []byte) error {
	return bubbles.EachRow(chunk, func(flight *Flight) error {
		if n.Number++; n.Number == 20000 && n.Attempt == 1 {
			return bubbles.Transient("not today")
		}
		n.Flight = flight.Flight
		bubbles.EmitRow(n)
		return nil
	})
}

func (n *Numbered) Finish() error { return nil }

func main() {}
