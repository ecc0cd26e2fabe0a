//! What a fault does to the nodes, and how it is taken back.

use std::io;

use super::dice::Dice;
use super::schedule::{Fault, Kind};
use crate::cluster::{Cluster, ClusterError, VOTERS};
use crate::network::{CutError, Place};
use crate::node::Node;

/// How a fault is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// These nodes were killed.
    Restart(Vec<usize>),
    /// This node stands still.
    Resume(usize),
    /// Links were cut. All that are cut are mended.
    Mend,
}

/// Does it to somebody: what was done and how it is taken back. None if there was nobody to do it to.
///
/// # Errors
/// If the system refuses.
pub fn inject(
    cluster: &mut Cluster,
    fault: &Fault,
) -> Result<Option<(String, Undo)>, ClusterError> {
    let mut dice = Dice::new(fault.pick, 0);
    let well: Vec<usize> = (0..cluster.nodes.len())
        .filter(|index| cluster.nodes[*index].is_well())
        .collect();
    let Some(victim) = victim(cluster, fault.kind, &well, &mut dice)? else {
        return Ok(None);
    };
    let what = format!("{}: {}", fault.kind, cluster.nodes[victim].name);
    let undo = match fault.kind {
        Kind::KillWorker | Kind::KillLeader => {
            cluster.nodes[victim].kill()?;
            Undo::Restart(vec![victim])
        }
        Kind::KillAll => {
            cluster.kill_all()?;
            return Ok(Some((fault.kind.to_string(), Undo::Restart(well))));
        }
        Kind::Pause => {
            cluster.nodes[victim].pause()?;
            Undo::Resume(victim)
        }
        Kind::CutOff | Kind::Deaf | Kind::Mute | Kind::LeaderInMinority => {
            cut(cluster, fault.kind, victim, &mut dice).map_err(io::Error::other)?;
            Undo::Mend
        }
    };
    Ok(Some((what, undo)))
}

/// Whom the fault meets.
fn victim(
    cluster: &Cluster,
    kind: Kind,
    well: &[usize],
    dice: &mut Dice,
) -> io::Result<Option<usize>> {
    Ok(match kind {
        Kind::KillLeader | Kind::LeaderInMinority => {
            cluster.leader()?.filter(|leader| well.contains(leader))
        }
        Kind::KillWorker => {
            let workers: Vec<usize> = well.iter().copied().filter(|it| *it >= VOTERS).collect();
            dice.pick(&workers)
        }
        Kind::KillAll | Kind::Pause | Kind::CutOff | Kind::Deaf | Kind::Mute => dice.pick(well),
    })
}

/// Cuts links between nodes; people still reach all of them.
fn cut(cluster: &Cluster, kind: Kind, victim: usize, dice: &mut Dice) -> Result<(), CutError> {
    let network = &cluster.network;
    let place = |node: &Node| node.place;
    let own = cluster.nodes[victim].place;
    let mut others: Vec<Place> = cluster.nodes.iter().map(place).collect();
    others.retain(|place| *place != own);
    match kind {
        Kind::Deaf => others.iter().try_for_each(|from| network.cut(*from, own)),
        Kind::Mute => others.iter().try_for_each(|to| network.cut(own, *to)),
        Kind::LeaderInMinority => {
            let workers: Vec<Place> = cluster.nodes.iter().skip(VOTERS).map(place).collect();
            let with: Vec<Place> = [own].into_iter().chain(dice.pick(&workers)).collect();
            others.retain(|place| !with.contains(place));
            network.part(&with, &others)
        }
        _ => network.part(&[own], &others),
    }
}

impl Undo {
    /// Takes the fault back.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn apply(self, cluster: &mut Cluster) -> io::Result<()> {
        match self {
            Self::Restart(nodes) => nodes.into_iter().try_for_each(|index| {
                let node = &mut cluster.nodes[index];
                // Another fault's end may have started it.
                if node.is_running() {
                    return Ok(());
                }
                node.start(&cluster.network, None)
            }),
            Self::Resume(index) => cluster.nodes[index].resume(),
            Self::Mend => cluster.network.heal().map_err(io::Error::other),
        }
    }
}
