//! Pictures made small, in a thread of their own: decoding takes long, and much memory.
//!
//! One at a time, a short queue before it, and a bound on what a picture may unpack to: a storm is refused,
//! a bomb is no picture. Never runs on a runtime thread.

use std::fs::File;
use std::io::{self, BufReader, Cursor};
use std::path::{Path, PathBuf};
use std::thread;

use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, metadata::Orientation};
use tokio::sync::{mpsc, oneshot};

use crate::limits;

/// Pictures that wait for the thread.
const QUEUE_LEN: usize = 64;

/// Why there is no small picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Too many wait.
    #[error("too many pictures wait")]
    Busy,
    /// It is none that we understand, or unpacks to too much.
    #[error("this is no picture that can be made small: {0}")]
    Unfit(String),
    /// The disk.
    #[error("can't read or keep the picture: {0}")]
    Disk(#[source] io::Error),
}

/// The thread. It ends when this is dropped.
#[derive(Debug)]
pub struct Pictures {
    queue: mpsc::Sender<Job>,
}

type Reply<T> = oneshot::Sender<Result<T, PictureError>>;

enum Job {
    Measure(PathBuf, Reply<(u32, u32)>),
    Shrink(PathBuf, Reply<Vec<u8>>),
}

impl Pictures {
    /// Starts it.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start() -> io::Result<Self> {
        let (queue, mut jobs) = mpsc::channel(QUEUE_LEN);
        thread::Builder::new().name("pictures".into()).spawn(move || {
            while let Some(job) = jobs.blocking_recv() {
                run(job);
            }
        })?;
        Ok(Self { queue })
    }

    /// Width and height, as it is shown.
    ///
    /// # Errors
    /// [`PictureError`].
    pub async fn measure(&self, path: &Path) -> Result<(u32, u32), PictureError> {
        self.ask(|reply| Job::Measure(path.to_owned(), reply)).await
    }

    /// A form of at most [`limits::THUMBNAIL_WIDTH_MAX`] by [`limits::THUMBNAIL_HEIGHT_MAX`], as JPEG, or as
    /// PNG where one sees through it. Of one that moves, the first picture.
    ///
    /// # Errors
    /// [`PictureError`].
    pub async fn shrink(&self, path: &Path) -> Result<Vec<u8>, PictureError> {
        self.ask(|reply| Job::Shrink(path.to_owned(), reply)).await
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, PictureError> {
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(job(reply)).map_err(|_| PictureError::Busy)?;
        answer.await.map_err(|_| PictureError::Unfit("the decoder failed".into()))?
    }
}

/// Who has gone away meanwhile does not listen; that is no error, and no work. A decoder that panics
/// takes its answer along, and no more.
fn run(job: Job) {
    let work = || match job {
        Job::Measure(path, reply) if !reply.is_closed() => reply.send(measure(&path)).unwrap_or_default(),
        Job::Shrink(path, reply) if !reply.is_closed() => reply.send(shrink(&path)).unwrap_or_default(),
        Job::Measure(..) | Job::Shrink(..) => {}
    };
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err() {
        tracing::warn!("a picture made its decoder fail");
    }
}

fn measure(path: &Path) -> Result<(u32, u32), PictureError> {
    let mut decoder = open(path)?.into_decoder().map_err(|error| unfit(&error))?;
    let (width, height) = decoder.dimensions();
    let is_turned = match decoder.orientation().unwrap_or(Orientation::NoTransforms) {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => true,
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => false,
    };
    Ok(if is_turned { (height, width) } else { (width, height) })
}

fn shrink(path: &Path) -> Result<Vec<u8>, PictureError> {
    let mut decoder = open(path)?.into_decoder().map_err(|error| unfit(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits::PICTURE_PIXELS_MAX {
        return Err(PictureError::Unfit(format!("it has {width} x {height} pixels")));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| unfit(&error))?;
    let (width, height) = (limits::THUMBNAIL_WIDTH_MAX, limits::THUMBNAIL_HEIGHT_MAX);
    let is_small = picture.width() <= width && picture.height() <= height;
    let mut small = if is_small { picture } else { picture.thumbnail(width, height) };
    small.apply_orientation(orientation);
    let (small, format) = if small.color().has_alpha() {
        (DynamicImage::from(small.to_rgba8()), ImageFormat::Png)
    } else {
        (DynamicImage::from(small.to_rgb8()), ImageFormat::Jpeg)
    };
    let mut bytes = Cursor::new(Vec::new());
    small.write_to(&mut bytes, format).map_err(|error| unfit(&error))?;
    Ok(bytes.into_inner())
}

fn open(path: &Path) -> Result<ImageReader<BufReader<File>>, PictureError> {
    let file = File::open(path).map_err(PictureError::Disk)?;
    let mut reader =
        ImageReader::new(BufReader::new(file)).with_guessed_format().map_err(PictureError::Disk)?;
    let mut bounds = Limits::default();
    bounds.max_image_width = Some(limits::PICTURE_SIDE_MAX);
    bounds.max_image_height = Some(limits::PICTURE_SIDE_MAX);
    bounds.max_alloc = Some(limits::PICTURE_MEMORY_BYTES_MAX);
    reader.limits(bounds);
    Ok(reader)
}

fn unfit(error: &image::ImageError) -> PictureError {
    PictureError::Unfit(error.to_string())
}
