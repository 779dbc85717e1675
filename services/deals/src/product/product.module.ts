import { Module } from '@nestjs/common';
import { ProductResolver } from './product.resolver.js';
import { ProductService } from './product.service.js';

@Module({ providers: [ProductService, ProductResolver], exports: [ProductService] })
export class ProductModule {}
