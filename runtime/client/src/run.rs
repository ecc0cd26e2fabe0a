//! Runs a pipeline: here, in a node in this process, or on a cluster.

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use bubbles_node::{
    FailureKind, JobReport, Node, NodeConfig, NodeError, Outcome, PluginInfo, PrepareError,
};
use bubbles_pipeline::{Pipeline, PipelineError, Plan, PluginRef, Task};
use bytes::Bytes;

use crate::cluster::{ClusterJob, Order};
use crate::{
    BuildError, Cluster, ClusterChoice, ClusterError, FileError, Home, HomeError, Job, Talk,
    plugin, script,
};

/// How a pipeline is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The cluster it is run on. Otherwise it is run here, in this process.
    pub cluster: Option<ClusterChoice>,
    /// Attempts at once, here. Otherwise one per core.
    pub slots: Option<NonZeroUsize>,
    /// Where state is kept. Otherwise as the environment says.
    pub home: Option<Home>,
    /// What happens to the words of plugins that have to be built.
    pub talk: Talk,
}

impl Options {
    pub(crate) fn home(&self) -> Result<Home, HomeError> {
        let home = match &self.home {
            Some(home) => home.clone(),
            None => Home::from_environment()?,
        };
        home.ensure().map(|()| home)
    }

    pub(crate) fn node(&self, home: Home) -> Result<Node, NodeError> {
        let mut config = NodeConfig::new(home.state, home.cache, home.scratch);
        if let Some(slots) = self.slots {
            config.slots = slots.get();
        }
        Node::start(&config)
    }
}

/// Why a pipeline was not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Its file cannot be used.
    #[error(transparent)]
    File(FileError),
    /// Something in it is wrong, or does not fit its plugins.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// A configuration from a program cannot be written as JSON.
    #[error("the configuration of task {task:?} cannot be written as JSON: {message}")]
    BadConfig {
        /// The task.
        task: String,
        /// What serde said.
        message: String,
    },
    /// A plugin's folder does not build.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// This machine lacks something that the pipeline needs.
    #[error(transparent)]
    Prepare(PrepareError),
    /// There is no place to keep things.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The node does not start.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The cluster does not do what it is asked.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The folder that relative paths start at is not there.
    #[error("the folder {} of the pipeline cannot be found: {source}", base.display())]
    Base {
        /// The folder.
        base: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It ran, and failed or was cancelled: the report says how.
    #[error("{}", not_done(.0))]
    NotDone(Box<JobReport>),
}

impl From<FileError> for RunError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Pipeline(error) => Self::Pipeline(error),
            error => Self::File(error),
        }
    }
}

impl From<PrepareError> for RunError {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Plan(error) => Self::Pipeline(error),
            error => Self::Prepare(error),
        }
    }
}

impl RunError {
    /// The exit code of a program that ends with it: 1 the job failed, 2 the
    /// pipeline or the command is wrong, 3 the environment is, 130 interrupted.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::File(_) | Self::Pipeline(_) | Self::BadConfig { .. } => 2,
            Self::Build(error) if error.is_environment() => 3,
            Self::Build(_) => 2,
            Self::Prepare(_) | Self::Home(_) | Self::Node(_) | Self::Base { .. } => 3,
            Self::Cluster(error) => error.exit_code(),
            Self::NotDone(report) => exit_code(&report.outcome),
        }
    }

    /// What to do about it, where that is known and not part of the message.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Build(error) => error.help(),
            Self::Home(error) => Some(error.help()),
            Self::Cluster(error) => error.help(),
            Self::NotDone(report) => match &report.outcome {
                Outcome::Failed(failure) => failure.help.clone(),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The exit code of a program whose job ended like this.
#[must_use]
pub fn exit_code(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Committed => 0,
        Outcome::Failed(failure) if failure.kind == FailureKind::Environment => 3,
        Outcome::Failed(_) => 1,
        Outcome::Cancelled => 130,
    }
}

fn not_done(report: &JobReport) -> String {
    match &report.outcome {
        Outcome::Failed(failure) => match &failure.task {
            Some(task) => format!("task {task:?} failed: {}", failure.message),
            None => format!("the job failed: {}", failure.message),
        },
        Outcome::Cancelled => "the job was cancelled".to_owned(),
        Outcome::Committed => "the job is done".to_owned(),
    }
}

/// A pipeline whose plugins are there, fit, and are ready to run.
#[must_use = "a prepared pipeline does nothing until it is started"]
pub struct Prepared {
    node: Node,
    prepared: bubbles_node::Prepared,
    place: Place,
}

/// Where it will run.
enum Place {
    Here,
    /// There, with what each task's plugin was loaded from.
    Cluster(Cluster, Vec<Bytes>),
}

impl Prepared {
    pub(crate) fn new(mut pipeline: Pipeline, options: &Options) -> Result<Self, RunError> {
        script::embed(&mut pipeline)?;
        let home = options.home()?;
        let cluster = options.cluster.as_ref();
        let cluster = cluster
            .map(|choice| Cluster::open(choice, &home))
            .transpose()?;
        let supplied = plugin::supply(&pipeline, &home.cache, options.talk, cluster.as_ref())?;
        let node = options.node(home)?;
        let Some(cluster) = cluster else {
            let prepared = node.prepare(pipeline, &supplied)?;
            let place = Place::Here;
            return Ok(Self {
                node,
                prepared,
                place,
            });
        };
        let prepared = node.prepare_for_others(pipeline, &supplied)?;
        let tasks = prepared.pipeline().tasks().iter().zip(supplied);
        let wasm = tasks.map(|(task, supplied)| wasm(task, supplied)).collect();
        Ok(Self {
            node,
            prepared,
            place: Place::Cluster(cluster, wasm),
        })
    }

    /// The pipeline.
    #[must_use]
    pub fn pipeline(&self) -> &Pipeline {
        self.prepared.pipeline()
    }

    /// Its stages and exchanges. A cluster makes its own, for its nodes and their slots.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        self.prepared.plan()
    }

    /// The plugin of each task.
    #[must_use]
    pub fn plugins(&self) -> &[PluginInfo] {
        self.prepared.plugins()
    }

    /// Runs it. Here that returns at once; a cluster is first brought the plugins that it lacks, and
    /// has the job when this returns.
    ///
    /// # Errors
    /// If the node or the cluster cannot take the job.
    pub fn start(self) -> Result<Job, RunError> {
        match self.place {
            Place::Here => {
                let job = self.node.run(self.prepared)?;
                Ok(Job::here(job, self.node))
            }
            Place::Cluster(cluster, wasm) => {
                let order = Order::new(&self.prepared, wasm);
                // Its threads are of no use any more.
                drop(self.node);
                Ok(Job::on_cluster(ClusterJob::start(&cluster, order)?))
            }
        }
    }
}

/// What a task's plugin was loaded from.
fn wasm(task: &Task, supplied: Option<Vec<u8>>) -> Bytes {
    if let Some(supplied) = supplied {
        return Bytes::from(supplied);
    }
    let built_in = match &task.plugin {
        PluginRef::Named { name, .. } => bubbles_plugins::builtin(name),
        PluginRef::Path(_) => None,
    };
    Bytes::from_static(built_in.expect("what was prepared is supplied or built in"))
}
