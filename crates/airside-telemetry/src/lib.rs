//! One structured record per call and the pipeline that delivers it.
